// Sampled trajectories, in memory and in files.

#ifndef ACTIONMATCH_CLIENT_FILES_TRAJECTORY_FILES_H_
#define ACTIONMATCH_CLIENT_FILES_TRAJECTORY_FILES_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "actionmatch/v1/trajectory.pb.h"

namespace actionmatch {

struct SampledTrajectories {
  std::vector<double> times;        // [F], as asked
  int64_t count = 0;                // N
  int64_t dimension = 0;            // D
  std::vector<double> points;       // [F, N, D]
  std::vector<double> log_weights;  // [F, N]
  bool single = false;              // float32
};

// Puts a block of the stream in its place; its point 0 is point `first` of all. DATA_LOSS for a block that does not
// fit.
absl::Status PutBlock(const v1::SampleTrajectoriesResponse& block, int64_t first, SampledTrajectories* trajectories);

// .npz: times [F], points [F, N, D], log_weights [F, N]. .csv: time, id, log_weight and the components (names [D]).
absl::Status WriteTrajectories(const std::string& path, const std::vector<std::string>& names,
                               const SampledTrajectories& trajectories);

}  // namespace actionmatch

#endif  // ACTIONMATCH_CLIENT_FILES_TRAJECTORY_FILES_H_
