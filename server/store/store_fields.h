// Fields as rows, for the parts of the store that make them.

#ifndef ACTIONMATCH_SERVER_STORE_STORE_FIELDS_H_
#define ACTIONMATCH_SERVER_STORE_STORE_FIELDS_H_

#include <string>

#include "absl/status/status.h"
#include "actionmatch/v1/field.pb.h"
#include "server/store/sql.h"

namespace actionmatch {

// The field with a new uid, etag and create_time.
v1::Field NewField(const v1::Field& field);
// ALREADY_EXISTS if a field has the name, or if the field of a job that has not ended will have it.
absl::Status CheckFieldNameIsFree(Sql& sql, const std::string& name);
absl::Status InsertField(Sql& sql, const v1::Field& field);

}  // namespace actionmatch

#endif  // ACTIONMATCH_SERVER_STORE_STORE_FIELDS_H_
