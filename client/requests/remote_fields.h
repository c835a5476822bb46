// Fields on the server, and checks that points go with a field, for the CLI.

#ifndef ACTIONMATCH_CLIENT_REQUESTS_REMOTE_FIELDS_H_
#define ACTIONMATCH_CLIENT_REQUESTS_REMOTE_FIELDS_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "client/client.h"
#include "client/files/point_table.h"

namespace actionmatch {

// name: "fields/eb".
absl::StatusOr<v1::Field> GetField(Client& client, const std::string& name);

// The names of the field's components; if it has none, those of the points: [D].
std::vector<std::string> AxisNames(const v1::Field& field, const PointTable& points);

// Reads the points of a file, which must have the field's components in the field's order. If both have names, the
// names must agree. Columns that `keys` chose may have other names, if none of these is a name of the field's.
absl::StatusOr<PointTable> ReadPointsFor(const v1::Field& field, const std::string& path,
                                         const std::vector<std::string>& keys);

// FAILED_PRECONDITION if dataset and field give their components different names.
absl::Status CheckComponents(const v1::Field& field, const v1::Dataset& dataset);
// As above, for a dataset ("datasets/eb") that is first read from the server.
absl::Status CheckComponents(Client& client, const v1::Field& field, const std::string& dataset);

}  // namespace actionmatch

#endif  // ACTIONMATCH_CLIENT_REQUESTS_REMOTE_FIELDS_H_
