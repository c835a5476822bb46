// Database: the one access layer to SQL, and the one place where SOCI's exceptions end.

#ifndef ACTIONMATCH_SERVER_STORE_DATABASE_H_
#define ACTIONMATCH_SERVER_STORE_DATABASE_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace soci {
class connection_pool;
class session;
}  // namespace soci

namespace actionmatch {

// Whether a status says that the database was busy for too long: the one kind of UNAVAILABLE that passes by itself.
bool IsBusy(const absl::Status& status);

// Thread-safe: a call borrows one of a few connections and blocks while all are in use. SQL stays in the subset that
// SQLite and PostgreSQL share.
class Database {
 public:
  // SQLite in WAL mode, made where it is missing; a commit survives the loss of power.
  static absl::StatusOr<std::unique_ptr<Database>> Open(const std::string& path);
  ~Database();

  using Work = std::function<absl::Status(soci::session&)>;
  // Runs `work` as one transaction that holds the write lock from its start (BEGIN IMMEDIATE), so that it never fails
  // half-way for a lock. Rolled back if `work` returns an error, which is returned, or throws. UNAVAILABLE (IsBusy) if
  // the lock cannot be had within ten seconds, RESOURCE_EXHAUSTED on a full disk, DATA_LOSS for a damaged file.
  absl::Status Write(const Work& work);
  // Runs `work` on one consistent state; it must not write.
  absl::Status Read(const Work& work);

 private:
  explicit Database(std::unique_ptr<soci::connection_pool> pool);
  absl::Status Transact(const char* begin, const Work& work);

  const std::unique_ptr<soci::connection_pool> pool_;
};

}  // namespace actionmatch

#endif  // ACTIONMATCH_SERVER_STORE_DATABASE_H_
