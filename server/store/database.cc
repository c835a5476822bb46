#include "server/store/database.h"

#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>

#include <exception>
#include <utility>

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"

namespace actionmatch {
namespace {

constexpr size_t kConnections = 8;

constexpr char kBusy[] = "actionmatch/busy";  // the payload that marks a busy database's status

absl::Status ToStatus(const soci::soci_error& error) {
  const std::string text = absl::StrCat("the database: ", error.what());
  const auto* sqlite = dynamic_cast<const soci::sqlite3_soci_error*>(&error);
  switch (sqlite == nullptr ? SQLITE_ERROR : sqlite->result() & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED: {
      absl::Status busy = absl::UnavailableError(absl::StrCat(text, "; another process holds its lock: try again"));
      busy.SetPayload(kBusy, absl::Cord());
      return busy;
    }
    case SQLITE_FULL:
      return absl::ResourceExhaustedError(absl::StrCat(text, "; free some space in the data folder"));
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return absl::DataLossError(absl::StrCat(text, "; restore actionmatch.db from a backup"));
    default:
      return absl::InternalError(text);
  }
}

// Undoes a transaction that was begun, however its scope ends, unless it was committed.
class Transaction {
 public:
  Transaction(soci::session& session, const char* begin) : session_(session) { session_ << begin; }
  ~Transaction() {
    if (committed_) return;
    try {
      session_.rollback();
    } catch (const std::exception&) {
      // SQLite has rolled back by itself: after an error such as a full disk.
    }
  }
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  void Commit() {
    session_.commit();
    committed_ = true;
  }

 private:
  soci::session& session_;
  bool committed_ = false;
};

}  // namespace

bool IsBusy(const absl::Status& status) { return status.GetPayload(kBusy).has_value(); }

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
    Transaction transaction(session, begin);
    absl::Status status = work(session);
    if (status.ok()) transaction.Commit();
    return status;
  } catch (const soci::soci_error& error) {
    return ToStatus(error);
  }
}

absl::Status Database::Write(const Work& work) { return Transact("BEGIN IMMEDIATE", work); }
absl::Status Database::Read(const Work& work) { return Transact("BEGIN", work); }

}  // namespace actionmatch
