#include "server/store/store.h"

#include <soci/soci.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "core/storage/files.h"
#include "server/store/database.h"
#include "server/store/resource_rows.h"
#include "server/store/running_hashes.h"

namespace actionmatch {
namespace {

constexpr int kSchemaVersion = 2;

constexpr const char* kSchema[] = {
    "CREATE TABLE IF NOT EXISTS datasets (name TEXT PRIMARY KEY, uid TEXT NOT NULL UNIQUE, message TEXT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS batches (dataset_uid TEXT NOT NULL, number BIGINT NOT NULL, hash TEXT NOT NULL,"
    " PRIMARY KEY (dataset_uid, number))",
    // lease_until: milliseconds since 1970. losses: workers in a row that were lost or gave up without a new
    // checkpoint. released: the last worker let go by itself. checkpoint: a file's name, or empty.
    "CREATE TABLE IF NOT EXISTS jobs (name TEXT PRIMARY KEY, uid TEXT NOT NULL UNIQUE, sequence BIGINT NOT NULL UNIQUE,"
    " state INTEGER NOT NULL, dataset_uid TEXT NOT NULL, field TEXT NOT NULL, attempt INTEGER NOT NULL,"
    " cancel_requested INTEGER NOT NULL, worker TEXT NOT NULL, lease_until BIGINT NOT NULL, losses INTEGER NOT NULL,"
    " released INTEGER NOT NULL, checkpoint TEXT NOT NULL, call TEXT NOT NULL, message TEXT NOT NULL)",
    "CREATE INDEX IF NOT EXISTS jobs_by_state ON jobs (state, sequence)",
    "CREATE TABLE IF NOT EXISTS progress (job_uid TEXT NOT NULL, step BIGINT NOT NULL, recorded BIGINT NOT NULL,"
    " message TEXT NOT NULL, PRIMARY KEY (job_uid, step))",
    "CREATE INDEX IF NOT EXISTS progress_by_time ON progress (recorded)",
    "CREATE TABLE IF NOT EXISTS fields (name TEXT PRIMARY KEY, uid TEXT NOT NULL UNIQUE, message TEXT NOT NULL)",
    // What creating calls made; a row goes with the resource.
    "CREATE TABLE IF NOT EXISTS requests (kind TEXT NOT NULL, id TEXT NOT NULL, fingerprint TEXT NOT NULL,"
    " uid TEXT NOT NULL UNIQUE, PRIMARY KEY (kind, id))",
    "CREATE TABLE IF NOT EXISTS counters (name TEXT PRIMARY KEY, value DOUBLE PRECISION NOT NULL)",
    "CREATE TABLE IF NOT EXISTS schema_version (version INTEGER NOT NULL)",
};

absl::Status MakeFolder(const std::string& path) {
  if (::mkdir(path.c_str(), 0750) == 0 || errno == EEXIST) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat("cannot make the folder ", path, ": ", std::strerror(errno),
                                                    ": make its parent, or allow this user to write there"));
}

absl::Status MakeSchema(soci::session& sql) {
  for (const char* statement : kSchema) sql << statement;
  int version = 0;
  sql << "SELECT version FROM schema_version", soci::into(version);
  if (!sql.got_data()) {
    sql << "INSERT INTO schema_version (version) VALUES (" << kSchemaVersion << ")";
  } else if (version != kSchemaVersion) {
    return absl::FailedPreconditionError(absl::StrCat("the data folder has schema version ", version,
                                                      ", but this program knows version ", kSchemaVersion,
                                                      ": use the program that wrote it, or another folder"));
  }
  return absl::OkStatus();
}

}  // namespace

Store::Store(std::string data_dir, std::unique_ptr<Database> database)
    : data_dir_(std::move(data_dir)), database_(std::move(database)), append_state_(std::make_unique<AppendState>()) {}
Store::~Store() = default;

absl::StatusOr<std::unique_ptr<Store>> Store::Open(const std::string& data_dir) {
  for (const char* folder : {"", "/datasets", "/jobs", "/fields"}) {
    if (absl::Status status = MakeFolder(data_dir + folder); !status.ok()) return status;
  }
  absl::StatusOr<std::unique_ptr<Database>> database = Database::Open(data_dir + "/actionmatch.db");
  if (!database.ok()) return database.status();
  if (absl::Status status = (*database)->Write(MakeSchema); !status.ok()) return status;
  if (absl::Status status = SyncFolder(data_dir); !status.ok()) return status;
  return std::unique_ptr<Store>(new Store(data_dir, *std::move(database)));
}

std::string Store::DatasetFolder(absl::string_view uid) const { return absl::StrCat(data_dir_, "/datasets/", uid); }
std::string Store::JobFolder(absl::string_view uid) const { return absl::StrCat(data_dir_, "/jobs/", uid); }
std::string Store::FieldPath(absl::string_view uid) const {
  return absl::StrCat(data_dir_, "/fields/", uid, ".safetensors");
}

absl::StatusOr<Store::Counts> Store::Count() {
  Counts counts;
  absl::Status status = database_->Read([&](soci::session& sql) {
    counts = Counts();
    for (int state = v1::Job::STATE_QUEUED; state <= v1::Job::STATE_CANCELLED; ++state) {
      int64_t count = 0;
      sql << "SELECT COUNT(*) FROM jobs WHERE state = " << state, soci::into(count);
      counts.jobs[static_cast<v1::Job::State>(state)] = count;
    }
    sql << "SELECT COUNT(*) FROM datasets", soci::into(counts.datasets);
    sql << "SELECT COUNT(*) FROM fields", soci::into(counts.fields);
    const auto counter = [&](const char* name) {
      double value = 0;
      sql << "SELECT value FROM counters WHERE name = '" << name << "'", soci::into(value);
      return sql.got_data() ? value : 0.0;
    };
    counts.lease_losses = static_cast<int64_t>(counter("lease_losses"));
    counts.training_steps = static_cast<int64_t>(counter("training_steps"));
    counts.training_seconds = counter("training_seconds");
    std::string latest;
    sql << "SELECT message FROM progress ORDER BY recorded DESC LIMIT 1", soci::into(latest);
    if (!sql.got_data()) return absl::OkStatus();
    return Decode(latest, &counts.latest_progress.emplace());
  });
  if (!status.ok()) return status;
  std::error_code error;
  const std::filesystem::space_info disk = std::filesystem::space(data_dir_, error);
  if (!error) counts.free_bytes = static_cast<int64_t>(disk.available);
  return counts;
}

absl::Status Store::Check() {
  absl::Status status = database_->Read([](soci::session& sql) {
    int version = 0;
    sql << "SELECT version FROM schema_version", soci::into(version);
    return absl::OkStatus();
  });
  if (!status.ok()) return status;
  if (::access(data_dir_.c_str(), W_OK) != 0) {
    return absl::UnavailableError(
        absl::StrCat("the data folder ", data_dir_, " cannot be written: ", std::strerror(errno)));
  }
  return absl::OkStatus();
}

}  // namespace actionmatch
