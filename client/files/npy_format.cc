// NPY: one array of numpy, without names.

#include <utility>

#include "absl/strings/str_cat.h"
#include "client/files/array_file.h"
#include "client/files/array_points.h"
#include "client/files/file_bytes.h"
#include "client/files/file_format.h"

namespace actionmatch {
namespace {

absl::Status NoNames(const std::string& path) {
  return absl::InvalidArgumentError(absl::StrCat(
      path, ": an NPY file names nothing that a key could choose: leave the keys out, or use NPZ with named arrays"));
}

absl::StatusOr<PointTable> ReadPoints(const std::string& path, const std::vector<std::string>& key) {
  if (!key.empty()) return NoNames(path);
  absl::StatusOr<std::string> bytes = ReadFile(path);
  if (!bytes.ok()) return bytes.status();
  absl::StatusOr<NumberArray> array = ParseNpy(*bytes);
  if (!array.ok()) {
    return absl::Status(array.status().code(), absl::StrCat(path, ": ", array.status().message()));
  }
  return ToPoints(path, "its array", *std::move(array));
}

// [n, 1 + D]: the first column is the time.
absl::StatusOr<SnapshotTable> ReadSnapshots(const std::string& path, const FileKeys& keys) {
  if (!keys.time.empty() || !keys.weights.empty()) return NoNames(path);
  absl::StatusOr<PointTable> all = ReadPoints(path, keys.points);
  if (!all.ok()) return all.status();
  if (all->dimension < 2) {
    return absl::InvalidArgumentError(absl::StrCat(path,
                                                   ": snapshots in an NPY file need shape [n, 1 + D], the first "
                                                   "column the time; or use NPZ with named arrays"));
  }
  SnapshotTable table;
  table.points.dimension = all->dimension - 1;
  table.points.single = all->single;
  for (int64_t row = 0; row < all->count(); ++row) {
    const auto begin = all->values.begin() + row * all->dimension;
    table.times.push_back(*begin);
    table.points.values.insert(table.points.values.end(), begin + 1, begin + all->dimension);
  }
  return table;
}

}  // namespace

const FileFormat& NpyFormat() {
  static constexpr FileFormat format = {
      .ending = ".npy",
      .snapshot_layout = "[n, 1 + D]: the time, then the point",
      .read_points = ReadPoints,
      .read_snapshots = ReadSnapshots,
  };
  return format;
}

}  // namespace actionmatch
