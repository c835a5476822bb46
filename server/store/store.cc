#include "server/store/store.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/storage/files.h"
#include "server/store/blob_names.h"
#include "server/store/blobs.h"
#include "server/store/database.h"
#include "server/store/folder_blobs.h"
#include "server/store/memory_blobs.h"
#include "server/store/resource_rows.h"
#include "server/store/running_hashes.h"
#include "server/store/schema.h"
#include "server/store/sqlite_database.h"

namespace actionmatch {

Store::Store(std::shared_ptr<Database> database, std::shared_ptr<Blobs> blobs)
    : database_(std::move(database)), blobs_(std::move(blobs)), append_state_(std::make_unique<AppendState>()) {}
Store::~Store() = default;

absl::StatusOr<std::unique_ptr<Store>> Store::Over(std::shared_ptr<Database> database, std::shared_ptr<Blobs> blobs) {
  if (absl::Status status = database->Write(MakeSchema); !status.ok()) return status;
  return std::unique_ptr<Store>(new Store(std::move(database), std::move(blobs)));
}

absl::StatusOr<std::unique_ptr<Store>> Store::Open(const std::string& data_dir) {
  absl::StatusOr<std::unique_ptr<Blobs>> blobs = OpenFolderBlobs(data_dir, kBlobFolders);
  if (!blobs.ok()) return blobs.status();
  absl::StatusOr<std::unique_ptr<Database>> database = OpenSqlite(data_dir + "/actionmatch.db");
  if (!database.ok()) return database.status();
  absl::StatusOr<std::unique_ptr<Store>> store = Over(*std::move(database), *std::move(blobs));
  if (!store.ok()) return store.status();
  if (absl::Status status = SyncFolder(data_dir); !status.ok()) return status;
  return store;
}

absl::StatusOr<std::unique_ptr<Store>> Store::OpenInMemory() {
  absl::StatusOr<std::unique_ptr<Database>> database = OpenSqliteInMemory();
  if (!database.ok()) return database.status();
  return Over(*std::move(database), MakeMemoryBlobs());
}

absl::StatusOr<Store::Counts> Store::Count() {
  Counts counts;
  absl::Status status = database_->Read([&](Sql& sql) {
    counts = Counts();
    for (int state = v1::Job::STATE_QUEUED; state <= v1::Job::STATE_CANCELLED; ++state) {
      sql.Find("SELECT COUNT(*) FROM jobs WHERE state = :state", {state},
               {&counts.jobs[static_cast<v1::Job::State>(state)]});
    }
    sql.Find("SELECT COUNT(*) FROM datasets", {}, {&counts.datasets});
    sql.Find("SELECT COUNT(*) FROM fields", {}, {&counts.fields});
    const auto counter = [&sql](const std::string& name) {
      double value = 0;
      sql.Find("SELECT value FROM counters WHERE name = :name", {name}, {&value});
      return value;
    };
    counts.lease_losses = static_cast<int64_t>(counter("lease_losses"));
    counts.training_steps = static_cast<int64_t>(counter("training_steps"));
    counts.training_seconds = counter("training_seconds");
    std::string latest;
    if (!sql.Find("SELECT message FROM progress ORDER BY recorded DESC LIMIT 1", {}, {&latest})) {
      return absl::OkStatus();
    }
    return Decode(latest, &counts.latest_progress.emplace());
  });
  if (!status.ok()) return status;
  counts.free_bytes = blobs_->Room().value_or(0);
  return counts;
}

absl::Status Store::Check() {
  absl::Status status = database_->Read([](Sql& sql) {
    int version = 0;
    sql.Find("SELECT version FROM schema_version", {}, {&version});
    return absl::OkStatus();
  });
  if (!status.ok()) return status;
  return blobs_->Room().status();
}

}  // namespace actionmatch
