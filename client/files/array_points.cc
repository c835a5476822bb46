#include "client/files/array_points.h"

#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace actionmatch {

absl::Status CheckFinite(const std::string& path, absl::string_view name, const NumberArray& array) {
  for (size_t i = 0; i < array.values.size(); ++i) {
    if (!std::isfinite(array.values[i])) {
      const size_t width = array.shape.size() == 2 ? static_cast<size_t>(array.shape[1]) : 1;
      return absl::InvalidArgumentError(absl::StrCat(path, ": ", name, " is not finite in row ", i / width, ", column ",
                                                     i % width, " (counted from 0): remove or fill such rows"));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<PointTable> ToPoints(const std::string& path, absl::string_view name, NumberArray array) {
  if (array.shape.size() == 3) {
    return absl::InvalidArgumentError(absl::StrCat(
        path, ": ", name, " has shape (", absl::StrJoin(array.shape, ", "),
        "), as trajectories have; points need rows and components, [n, D]: save one of its frames, as in np.save(\"",
        name, ".npy\", np.load(\"", path, "\")[\"", name, "\"][-1])"));
  }
  if (array.shape.size() != 2 || array.values.empty()) {
    return absl::InvalidArgumentError(absl::StrCat(path, ": ", name, " has shape (", absl::StrJoin(array.shape, ", "),
                                                   "); points need rows and components, [n, D], none of them 0"));
  }
  if (absl::Status status = CheckFinite(path, name, array); !status.ok()) return status;
  PointTable points;
  points.dimension = array.shape[1];
  points.values = std::move(array.values);
  points.single = array.single;
  return points;
}

}  // namespace actionmatch
