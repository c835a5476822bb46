// Trajectories from the server: where they start and in how many calls.

#ifndef ACTIONMATCH_CLIENT_REQUESTS_SAMPLE_TRAJECTORIES_H_
#define ACTIONMATCH_CLIENT_REQUESTS_SAMPLE_TRAJECTORIES_H_

#include "absl/status/statusor.h"
#include "client/client.h"
#include "client/files/point_table.h"

namespace actionmatch {

// From the points, in as many calls as the size of a message asks for: a point's trajectory does not depend on the
// others. With resampling it does, and all go in one call. request: all but where to start.
absl::StatusOr<SampledTrajectories> SampleFrom(Client& client, v1::SampleTrajectoriesRequest request,
                                               const PointTable& start, double start_time);

// From what the dataset holds at one of its times: INVALID_ARGUMENT names them. The server reads the points itself.
absl::StatusOr<SampledTrajectories> SampleFrom(Client& client, v1::SampleTrajectoriesRequest request,
                                               const v1::Dataset& dataset, double time);

}  // namespace actionmatch

#endif  // ACTIONMATCH_CLIENT_REQUESTS_SAMPLE_TRAJECTORIES_H_
