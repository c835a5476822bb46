#include "client/files/point_table.h"

#include "absl/strings/str_cat.h"

namespace actionmatch {

std::vector<std::string> AxisNames(const std::vector<std::string>& names, int64_t dimension) {
  if (static_cast<int64_t>(names.size()) == dimension) return names;
  std::vector<std::string> made;
  for (int64_t d = 1; d <= dimension; ++d) made.push_back(absl::StrCat("x", d));
  return made;
}

absl::Status CheckWeights(const std::string& path, absl::string_view name, const std::vector<double>& weights) {
  for (size_t row = 0; row < weights.size(); ++row) {
    if (weights[row] < 0) {
      return absl::InvalidArgumentError(absl::StrCat(path, ": ", name, " is ", weights[row], " in row ", row,
                                                     " (counted from 0): weights must be at least 0"));
    }
  }
  return absl::OkStatus();
}

}  // namespace actionmatch
