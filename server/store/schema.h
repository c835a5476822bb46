// The tables of the store's database.

#ifndef ACTIONMATCH_SERVER_STORE_SCHEMA_H_
#define ACTIONMATCH_SERVER_STORE_SCHEMA_H_

#include "absl/status/status.h"
#include "server/store/sql.h"

namespace actionmatch {

// Makes the tables where they are missing; FAILED_PRECONDITION, naming both versions, for a schema of another version
// than this program's. Within Database::Write.
absl::Status MakeSchema(Sql& sql);

}  // namespace actionmatch

#endif  // ACTIONMATCH_SERVER_STORE_SCHEMA_H_
