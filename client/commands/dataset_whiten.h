// `actionmatch dataset put --whiten` and `--like`: points divided by a scale for each component.

#ifndef ACTIONMATCH_CLIENT_COMMANDS_DATASET_WHITEN_H_
#define ACTIONMATCH_CLIENT_COMMANDS_DATASET_WHITEN_H_

#include "absl/status/status.h"
#include "client/files/point_table.h"
#include "client/terminal/session.h"

namespace actionmatch {

// Divides the points by a transform, and records the transform in `dataset`. --whiten asks for the points' standard
// deviations, --like for the transform of a dataset or a field. Without these flags nothing changes.
absl::Status Whiten(const Session& session, const Arguments& arguments, PointTable* points, v1::Dataset* dataset);

}  // namespace actionmatch

#endif  // ACTIONMATCH_CLIENT_COMMANDS_DATASET_WHITEN_H_
