#include "client/requests/trajectory_blocks.h"

#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"
#include "client/tensor_values.h"

namespace actionmatch {

absl::Status PutBlock(const v1::SampleTrajectoriesResponse& block, int64_t first, SampledTrajectories* trajectories) {
  const std::vector<double> points = Values(block.points());
  const std::vector<double> log_weights = Values(block.log_weights());
  const auto rows = static_cast<int64_t>(log_weights.size());
  const int64_t row = first + block.first_row();
  if (block.frame() < 0 || block.frame() >= static_cast<int64_t>(trajectories->times.size()) || row < 0 ||
      row + rows > trajectories->count || static_cast<int64_t>(points.size()) != rows * trajectories->dimension) {
    return absl::DataLossError(absl::StrCat("the server sent frame ", block.frame(), ", rows ", row, " to ", row + rows,
                                            ", which were not asked for"));
  }
  const int64_t at = block.frame() * trajectories->count + row;
  std::copy(points.begin(), points.end(), trajectories->points.begin() + at * trajectories->dimension);
  std::copy(log_weights.begin(), log_weights.end(), trajectories->log_weights.begin() + at);
  return absl::OkStatus();
}

}  // namespace actionmatch
