#include "client/commands/dataset_whiten.h"

#include <cmath>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "client/requests/remote_datasets.h"
#include "client/requests/remote_fields.h"

namespace actionmatch {
namespace {

// Each component's standard deviation over all rows.
absl::StatusOr<std::vector<double>> Spread(const PointTable& points) {
  const int64_t dimension = points.dimension;
  const auto count = static_cast<double>(points.count());
  std::vector<double> mean(dimension, 0.0);
  std::vector<double> spread(dimension, 0.0);
  for (size_t i = 0; i < points.values.size(); ++i) mean[i % dimension] += points.values[i] / count;
  for (size_t i = 0; i < points.values.size(); ++i) {
    const double deviation = points.values[i] - mean[i % dimension];
    spread[i % dimension] += deviation * deviation / count;
  }
  for (int64_t d = 0; d < dimension; ++d) {
    spread[d] = std::sqrt(spread[d]);
    if (!(spread[d] > 0)) {
      return absl::InvalidArgumentError(absl::StrCat("--whiten: component ", AxisNames(points.names, dimension)[d],
                                                     " is the same in all rows: leave it out with --points-key"));
    }
  }
  return spread;
}

// The transform of a dataset or a field.
absl::StatusOr<std::vector<double>> ScaleOf(const Session& session, const std::string& name) {
  v1::Transform transform;
  if (absl::StartsWith(name, "fields/")) {
    absl::StatusOr<v1::Field> field = GetField(session.client, name);
    if (!field.ok()) return field.status();
    transform = field->transform();
  } else {
    absl::StatusOr<v1::Dataset> dataset = GetDataset(session.client, name);
    if (!dataset.ok()) return dataset.status();
    transform = dataset->transform();
  }
  if (transform.scale().empty()) {
    return absl::FailedPreconditionError(
        absl::StrCat(name, " has no transform: --like needs a dataset that was put with --whiten, or a field of one"));
  }
  return std::vector<double>(transform.scale().begin(), transform.scale().end());
}

}  // namespace

absl::Status Whiten(const Session& session, const Arguments& arguments, PointTable* points, v1::Dataset* dataset) {
  std::vector<double> scale;
  if (arguments.Has("--like")) {
    const std::string name = ResourceName("datasets", arguments.Get("--like"));
    absl::StatusOr<std::vector<double>> like = ScaleOf(session, name);
    if (!like.ok()) return like.status();
    scale = *std::move(like);
    if (static_cast<int64_t>(scale.size()) != points->dimension) {
      return absl::InvalidArgumentError(absl::StrCat("the files have ", points->dimension, " components, but ", name,
                                                     " has ", scale.size(), ": put them with --components ",
                                                     scale.size()));
    }
  } else if (arguments.Has("--whiten")) {
    absl::StatusOr<std::vector<double>> spread = Spread(*points);
    if (!spread.ok()) return spread.status();
    scale = *std::move(spread);
  } else {
    return absl::OkStatus();
  }
  for (size_t i = 0; i < points->values.size(); ++i) points->values[i] /= scale[i % scale.size()];
  dataset->mutable_transform()->mutable_scale()->Assign(scale.begin(), scale.end());
  return absl::OkStatus();
}

}  // namespace actionmatch
