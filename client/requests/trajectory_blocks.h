// PutBlock: puts the blocks in which a server streams trajectories together.

#ifndef ACTIONMATCH_CLIENT_REQUESTS_TRAJECTORY_BLOCKS_H_
#define ACTIONMATCH_CLIENT_REQUESTS_TRAJECTORY_BLOCKS_H_

#include <cstdint>

#include "absl/status/status.h"
#include "actionmatch/v1/trajectory.pb.h"
#include "client/files/point_table.h"

namespace actionmatch {

// Puts a block of the stream in its place. The stream's point 0 is point `first` of `trajectories`, which has room for
// all frames and points. DATA_LOSS for a block that does not fit.
absl::Status PutBlock(const v1::SampleTrajectoriesResponse& block, int64_t first, SampledTrajectories* trajectories);

}  // namespace actionmatch

#endif  // ACTIONMATCH_CLIENT_REQUESTS_TRAJECTORY_BLOCKS_H_
