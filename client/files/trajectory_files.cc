#include "client/files/trajectory_files.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "client/files/array_file.h"
#include "client/files/csv.h"
#include "client/files/file_bytes.h"
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

absl::Status WriteTrajectories(const std::string& path, const std::vector<std::string>& names,
                               const SampledTrajectories& trajectories) {
  const auto frames = static_cast<int64_t>(trajectories.times.size());
  if (absl::EndsWithIgnoreCase(path, ".npz")) {
    NamedArrays arrays;
    arrays["times"] = {{frames}, trajectories.times, false};
    arrays["points"] = {{frames, trajectories.count, trajectories.dimension}, trajectories.points, trajectories.single};
    arrays["log_weights"] = {{frames, trajectories.count}, trajectories.log_weights, false};
    return WriteNpz(path, arrays);
  }
  std::vector<std::string> cells = {"time", "id", "log_weight"};
  const std::vector<std::string> components = DistinctNames(names, cells);
  cells.insert(cells.end(), components.begin(), components.end());
  std::string text = CsvLine(cells);
  for (int64_t frame = 0; frame < frames; ++frame) {
    for (int64_t row = 0; row < trajectories.count; ++row) {
      const int64_t at = frame * trajectories.count + row;
      cells = {NumberToText(trajectories.times[frame]), absl::StrCat(row), NumberToText(trajectories.log_weights[at])};
      for (int64_t d = 0; d < trajectories.dimension; ++d) {
        cells.push_back(NumberToText(trajectories.points[at * trajectories.dimension + d]));
      }
      text += CsvLine(cells);
    }
  }
  return WriteFile(path, text);
}

}  // namespace actionmatch
