#include "server/store/sqlite_database.h"

#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>

#include <exception>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "actionmatch/v1/job.pb.h"
#include "core/cause.h"

namespace actionmatch {
namespace {

constexpr size_t kConnections = 8;

absl::Status ToStatus(const soci::soci_error& error) {
  const std::string text = absl::StrCat("the database: ", error.what());
  const auto* sqlite = dynamic_cast<const soci::sqlite3_soci_error*>(&error);
  switch (sqlite == nullptr ? SQLITE_ERROR : sqlite->result() & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return BusyError(absl::StrCat(text, "; another process holds its lock: try again"));
    case SQLITE_FULL:
      return ErrorOf(kDiskFull, {}, absl::StrCat(text, "; free some space in the data folder"));
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return ErrorOf(kDataDamaged, {}, absl::StrCat(text, "; restore actionmatch.db from a backup"));
    default:
      return absl::InternalError(text);
  }
}

// Rolls back a transaction that was begun, however its scope ends, unless it was committed.
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

// The condition of jobs that may be claimed at the time :now.
std::string Claimable() {
  return absl::StrCat("state = ", v1::Job::STATE_QUEUED, " OR (state = ", v1::Job::STATE_RUNNING,
                      " AND lease_until <= :now)");
}

class SqliteDatabase final : public Database {
 public:
  explicit SqliteDatabase(std::unique_ptr<soci::connection_pool> pool) : pool_(std::move(pool)) {}

  // A transaction that writes takes the lock at its start: a deferred one can fail half-way for the lock.
  absl::Status Write(const Work& work) override { return Transact("BEGIN IMMEDIATE", work); }
  absl::Status Read(const Work& work) override { return Transact("BEGIN", work); }

  // All processes that share a file are on one machine, and have its clock.
  int64_t NowMillis(Sql&) override { return absl::ToUnixMillis(absl::Now()); }

  // A transaction that writes holds the lock of the whole database: no other claim runs meanwhile.
  std::optional<Claim> ClaimOldest(Sql& sql, const std::string& worker, absl::Duration lease_time) override {
    const int64_t now = NowMillis(sql);
    Claim claim;
    const bool found = sql.Find(
        absl::StrCat("UPDATE jobs SET state = ", v1::Job::STATE_RUNNING,
                     ", attempt = attempt + 1, worker = :worker, lease_until = :until WHERE uid = (SELECT uid"
                     " FROM jobs WHERE ",
                     Claimable(), " ORDER BY sequence LIMIT 1) RETURNING message, attempt, losses, released, call"),
        {worker, now + absl::ToInt64Milliseconds(lease_time), now},
        {&claim.message, &claim.attempt, &claim.losses, &claim.released, &claim.call});
    return found ? std::make_optional(std::move(claim)) : std::nullopt;
  }

  bool HasClaimable(Sql& sql) override {
    int one = 0;
    return sql.Find(absl::StrCat("SELECT 1 FROM jobs WHERE ", Claimable(), " LIMIT 1"), {NowMillis(sql)}, {&one});
  }

 private:
  absl::Status Transact(const char* begin, const Work& work) {
    try {
      soci::session session(*pool_);
      Transaction transaction(session, begin);
      Sql sql(session);
      absl::Status status = work(sql);
      if (status.ok()) transaction.Commit();
      return status;
    } catch (const soci::soci_error& error) {
      return ToStatus(error);
    }
  }

  const std::unique_ptr<soci::connection_pool> pool_;
};

absl::StatusOr<std::unique_ptr<Database>> Open(const std::string& path, size_t connections) {
  try {
    auto pool = std::make_unique<soci::connection_pool>(connections);
    for (size_t i = 0; i < connections; ++i) {
      soci::session& session = pool->at(i);
      session.open(soci::sqlite3, absl::StrCat("dbname=", path, " timeout=10"));
      session << "PRAGMA busy_timeout = 10000";
      session << "PRAGMA journal_mode = WAL";
      session << "PRAGMA synchronous = FULL";
    }
    return std::make_unique<SqliteDatabase>(std::move(pool));
  } catch (const soci::soci_error& error) {
    const absl::Status status = ToStatus(error);
    return WithMessage(status, absl::StrCat("cannot open ", path, ": ", status.message()));
  }
}

}  // namespace

absl::StatusOr<std::unique_ptr<Database>> OpenSqlite(const std::string& path) { return Open(path, kConnections); }

// One connection only: each connection to :memory: is a database of its own.
absl::StatusOr<std::unique_ptr<Database>> OpenSqliteInMemory() { return Open(":memory:", 1); }

}  // namespace actionmatch
