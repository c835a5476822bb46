// SampleFrom: samples trajectories on the server, from a file's points or a dataset, in one call or several.

#ifndef ACTIONMATCH_CLIENT_REQUESTS_SAMPLE_TRAJECTORIES_H_
#define ACTIONMATCH_CLIENT_REQUESTS_SAMPLE_TRAJECTORIES_H_

#include "absl/status/statusor.h"
#include "client/client.h"
#include "client/files/point_table.h"

namespace actionmatch {

// Trajectories from the points, in as many calls as the limit on a message requires: a point's trajectory does not
// depend on other points. With resampling it does, and one call has all points. request: everything except the start.
absl::StatusOr<SampledTrajectories> SampleFrom(Client& client, v1::SampleTrajectoriesRequest request,
                                               const PointTable& start, double start_time);

// Trajectories from the dataset's points at one of its times; INVALID_ARGUMENT for another time names these times. The
// server reads the points itself.
absl::StatusOr<SampledTrajectories> SampleFrom(Client& client, v1::SampleTrajectoriesRequest request,
                                               const v1::Dataset& dataset, double time);

}  // namespace actionmatch

#endif  // ACTIONMATCH_CLIENT_REQUESTS_SAMPLE_TRAJECTORIES_H_
