#include "server/database.h"

#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>

#include <utility>

#include "absl/strings/str_cat.h"

namespace actionmatch {
namespace {

constexpr size_t kConnections = 8;

absl::Status ToStatus(const soci::soci_error& error) {
  const std::string text = absl::StrCat("the database: ", error.what());
  const auto* sqlite = dynamic_cast<const soci::sqlite3_soci_error*>(&error);
  switch (sqlite == nullptr ? SQLITE_ERROR : sqlite->result() & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return absl::UnavailableError(absl::StrCat(text, "; another process holds its lock: try again"));
    case SQLITE_FULL:
      return absl::ResourceExhaustedError(absl::StrCat(text, "; free some space in the data folder"));
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return absl::DataLossError(absl::StrCat(text, "; restore actionmatch.db from a backup"));
    default:
      return absl::InternalError(text);
  }
}

}  // namespace

Database::Database(std::unique_ptr<soci::connection_pool> pool) : pool_(std::move(pool)) {}
Database::~Database() = default;

absl::StatusOr<std::unique_ptr<Database>> Database::Open(const std::string& path) {
  try {
    auto pool = std::make_unique<soci::connection_pool>(kConnections);
    for (size_t i = 0; i < kConnections; ++i) {
      soci::session& session = pool->at(i);
      session.open(soci::sqlite3, absl::StrCat("dbname=", path, " timeout=10"));
      session << "PRAGMA busy_timeout = 10000";
      session << "PRAGMA journal_mode = WAL";
      session << "PRAGMA synchronous = FULL";
    }
    return std::unique_ptr<Database>(new Database(std::move(pool)));
  } catch (const soci::soci_error& error) {
    const absl::Status status = ToStatus(error);
    return absl::Status(status.code(), absl::StrCat("cannot open ", path, ": ", status.message()));
  }
}

absl::Status Database::Transact(const char* begin, const Work& work) {
  try {
    soci::session session(*pool_);
    session << begin;
    absl::Status status;
    try {
      status = work(session);
      if (status.ok()) session << "COMMIT";
    } catch (const soci::soci_error& error) {
      status = ToStatus(error);
    }
    if (!status.ok()) session << "ROLLBACK";
    return status;
  } catch (const soci::soci_error& error) {
    return ToStatus(error);
  }
}

absl::Status Database::Write(const Work& work) { return Transact("BEGIN IMMEDIATE", work); }
absl::Status Database::Read(const Work& work) { return Transact("BEGIN", work); }

}  // namespace actionmatch
