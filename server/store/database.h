// Database: the transactions of the store, and the operations that each SQL engine writes in its own way. An engine is
// one file, such as sqlite_database.cc. To add an engine, copy that file.

#ifndef ACTIONMATCH_SERVER_STORE_DATABASE_H_
#define ACTIONMATCH_SERVER_STORE_DATABASE_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "server/store/sql.h"

namespace actionmatch {

// The status of a database that was busy for too long. Only this kind of UNAVAILABLE passes by itself.
absl::Status BusyError(absl::string_view message);
bool IsBusy(const absl::Status& status);

// Thread-safe: a call borrows one of a few connections and blocks while all are in use, so `work` must not call its
// database again. The engine's exceptions end here, as statuses; any other exception rolls back and goes on to the
// caller.
class Database {
 public:
  virtual ~Database() = default;

  using Work = std::function<absl::Status(Sql&)>;
  // Runs `work` as one transaction that can write from its start and never fails half-way for a lock. An error of
  // `work` is returned; after an error or an exception of `work` the transaction is rolled back. A committed
  // transaction survives the loss of power. UNAVAILABLE (IsBusy) if the lock is not free within ten seconds,
  // RESOURCE_EXHAUSTED on a full disk, DATA_LOSS for a damaged file.
  virtual absl::Status Write(const Work& work) = 0;
  // Runs `work` on one consistent state; `work` must not write.
  virtual absl::Status Read(const Work& work) = 0;

  // --- Within a transaction ---

  // Milliseconds since 1970 by the clock that all processes on the database share: it decides when leases end.
  virtual int64_t NowMillis(Sql& sql) = 0;

  // A job as it was when a worker claimed it. attempt: the number of the claim; the other members are columns of
  // `jobs`.
  struct Claim {
    std::string message;
    int attempt = 0;
    int losses = 0;
    int released = 0;
    std::string call;
  };
  // Gives the worker the oldest job that is QUEUED, or RUNNING under a lease that has run out; nullopt if there is
  // none. The job's columns then say RUNNING, the worker, one attempt more and a lease of `lease_time` from now. No two
  // transactions claim the same job. Within Write.
  virtual std::optional<Claim> ClaimOldest(Sql& sql, const std::string& worker, absl::Duration lease_time) = 0;
  // Whether ClaimOldest would find a job. Within Read.
  virtual bool HasClaimable(Sql& sql) = 0;
};

}  // namespace actionmatch

#endif  // ACTIONMATCH_SERVER_STORE_DATABASE_H_
