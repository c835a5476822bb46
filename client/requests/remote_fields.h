// Fields on the server, and whether points are theirs, for the CLI.

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

// The field's components' names, or else the points': [D].
std::vector<std::string> AxisNames(const v1::Field& field, const PointTable& points);

// The points of a file, which must have the field's components in its order. Names tell where both have them, but for
// columns that `keys` chose and that are named unlike any of the field's.
absl::StatusOr<PointTable> ReadPointsFor(const v1::Field& field, const std::string& path,
                                         const std::vector<std::string>& keys);

// FAILED_PRECONDITION if the dataset names its components otherwise than the field.
absl::Status CheckComponents(const v1::Field& field, const v1::Dataset& dataset);
// The same of a dataset ("datasets/eb") that is still on the server.
absl::Status CheckComponents(Client& client, const v1::Field& field, const std::string& dataset);

}  // namespace actionmatch

#endif  // ACTIONMATCH_CLIENT_REQUESTS_REMOTE_FIELDS_H_
