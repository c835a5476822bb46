// Datasets on the server, for the CLI.

#ifndef ACTIONMATCH_CLIENT_REQUESTS_REMOTE_DATASETS_H_
#define ACTIONMATCH_CLIENT_REQUESTS_REMOTE_DATASETS_H_

#include <string>

#include "absl/status/statusor.h"
#include "client/client.h"
#include "client/files/point_table.h"

namespace actionmatch {

// name: "datasets/eb".
absl::StatusOr<v1::Dataset> GetDataset(Client& client, const std::string& name);

// The transform as text, for people; empty if there is none.
std::string TransformText(const v1::Transform& transform);

// The dataset's rows in their order. The table has weights only if some batch has them.
absl::StatusOr<SnapshotTable> ReadRows(Client& client, const v1::Dataset& dataset);

}  // namespace actionmatch

#endif  // ACTIONMATCH_CLIENT_REQUESTS_REMOTE_DATASETS_H_
