// SQLite as the store's Database.

#ifndef ACTIONMATCH_SERVER_STORE_SQLITE_DATABASE_H_
#define ACTIONMATCH_SERVER_STORE_SQLITE_DATABASE_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "server/store/database.h"

namespace actionmatch {

// Opens the file, in WAL mode, and makes it where it is missing. Any number of processes may open the same path.
absl::StatusOr<std::unique_ptr<Database>> OpenSqlite(const std::string& path);

// A database in memory that ends with the object; one transaction at a time.
absl::StatusOr<std::unique_ptr<Database>> OpenSqliteInMemory();

}  // namespace actionmatch

#endif  // ACTIONMATCH_SERVER_STORE_SQLITE_DATABASE_H_
