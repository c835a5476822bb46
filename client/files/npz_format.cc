// NPZ: numpy's archive of named arrays.

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/files/array_file.h"
#include "client/files/array_points.h"
#include "client/files/file_format.h"

namespace actionmatch {
namespace {

std::vector<std::string> NamesIn(const ArrayArchive& archive) {
  std::vector<std::string> names;
  for (const auto& [name, array] : archive.arrays) names.push_back(name);
  for (const auto& [name, reason] : archive.unreadable) names.push_back(name);
  std::sort(names.begin(), names.end());
  return names;
}

absl::StatusOr<const NumberArray*> ArrayNamed(const std::string& path, const ArrayArchive& archive,
                                              const std::string& name) {
  if (const auto it = archive.arrays.find(name); it != archive.arrays.end()) return &it->second;
  if (const auto it = archive.unreadable.find(name); it != archive.unreadable.end()) {
    return absl::InvalidArgumentError(absl::StrCat(path, ": array ", name, ": ", it->second));
  }
  return absl::InvalidArgumentError(
      absl::StrCat(path, " has no array named ", name, "; it has ", absl::StrJoin(NamesIn(archive), ", ")));
}

absl::StatusOr<PointTable> PointsOf(const std::string& path, const ArrayArchive& archive,
                                    const std::vector<std::string>& keys) {
  if (keys.size() > 1) return absl::InvalidArgumentError("--points-key names one array of an NPZ file");
  const std::vector<std::string> names = NamesIn(archive);
  const absl::StatusOr<std::string> name = NameFor(path, kPoints, keys.empty() ? "" : keys[0], {}, names);
  if (!name.ok()) return name.status();
  if (name->empty()) return NoneFor(path, kPoints, names);
  const absl::StatusOr<const NumberArray*> array = ArrayNamed(path, archive, *name);
  if (!array.ok()) return array.status();
  return ToPoints(path, *name, **array);
}

// Reads a vector of the file with one number for each row.
absl::StatusOr<std::vector<double>> RowsOf(const std::string& path, const ArrayArchive& archive,
                                           const std::string& name, int64_t rows) {
  const absl::StatusOr<const NumberArray*> array = ArrayNamed(path, archive, name);
  if (!array.ok()) return array.status();
  const std::vector<int64_t>& shape = (*array)->shape;
  const bool column = shape.empty() || shape[0] == rows;
  if (!column || static_cast<int64_t>((*array)->values.size()) != rows) {
    return absl::InvalidArgumentError(absl::StrCat(path, ": ", name, " has ", (*array)->values.size(),
                                                   " elements in shape (", absl::StrJoin(shape, ", "),
                                                   "), but there are ", rows, " points"));
  }
  if (absl::Status status = CheckFinite(path, name, **array); !status.ok()) return status;
  return (*array)->values;
}

absl::StatusOr<PointTable> ReadPoints(const std::string& path, const std::vector<std::string>& key) {
  const absl::StatusOr<ArrayArchive> archive = ReadNpz(path);
  if (!archive.ok()) return archive.status();
  return PointsOf(path, *archive, key);
}

absl::StatusOr<SnapshotTable> ReadSnapshots(const std::string& path, const FileKeys& keys) {
  const absl::StatusOr<ArrayArchive> archive = ReadNpz(path);
  if (!archive.ok()) return archive.status();
  const std::vector<std::string> names = NamesIn(*archive);
  SnapshotTable table;
  absl::StatusOr<PointTable> points = PointsOf(path, *archive, keys.points);
  if (!points.ok()) return points.status();
  table.points = *std::move(points);
  const absl::StatusOr<std::string> time = NameFor(path, kTimes, keys.time, keys.points, names);
  if (!time.ok()) return time.status();
  if (time->empty()) return NoneFor(path, kTimes, names);
  absl::StatusOr<std::vector<double>> times = RowsOf(path, *archive, *time, table.points.count());
  if (!times.ok()) return times.status();
  table.times = *std::move(times);
  const absl::StatusOr<std::string> weight = NameFor(path, kWeights, keys.weights, keys.points, names);
  if (!weight.ok()) return weight.status();
  if (!weight->empty()) {
    absl::StatusOr<std::vector<double>> weights = RowsOf(path, *archive, *weight, table.points.count());
    if (!weights.ok()) return weights.status();
    if (absl::Status status = CheckWeights(path, *weight, *weights); !status.ok()) return status;
    table.weights = *std::move(weights);
  }
  return table;
}

absl::Status WriteSnapshots(const std::string& path, const SnapshotTable& table) {
  const PointTable& points = table.points;
  NamedArrays arrays;
  arrays["t"] = {{points.count()}, table.times, false};
  arrays["x"] = {{points.count(), points.dimension}, points.values, points.single};
  if (!table.weights.empty()) arrays["w"] = {{points.count()}, table.weights, false};
  return WriteNpz(path, arrays);
}

absl::Status WriteTrajectories(const std::string& path, const std::vector<std::string>&,
                               const SampledTrajectories& trajectories) {
  const auto frames = static_cast<int64_t>(trajectories.times.size());
  NamedArrays arrays;
  arrays["times"] = {{frames}, trajectories.times, false};
  arrays["points"] = {{frames, trajectories.count, trajectories.dimension}, trajectories.points, trajectories.single};
  arrays["log_weights"] = {{frames, trajectories.count}, trajectories.log_weights, false};
  return WriteNpz(path, arrays);
}

}  // namespace

const FileFormat& NpzFormat() {
  static constexpr FileFormat format = {
      .ending = ".npz",
      .snapshot_layout = "an array of the times [n], one of the points [n, D], and perhaps one of the weights [n]",
      .trajectory_layout = "times [F], points [F, N, D], log_weights [F, N]",
      .read_points = ReadPoints,
      .read_snapshots = ReadSnapshots,
      .write_snapshots = WriteSnapshots,
      .write_trajectories = WriteTrajectories,
  };
  return format;
}

}  // namespace actionmatch
