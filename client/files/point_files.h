// Points and snapshots in files, by the file's ending: .csv, .npy, .npz.

#ifndef ACTIONMATCH_CLIENT_FILES_POINT_FILES_H_
#define ACTIONMATCH_CLIENT_FILES_POINT_FILES_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace actionmatch {

struct PointTable {
  int64_t dimension = 0;
  std::vector<double> values;      // [n, D]
  std::vector<std::string> names;  // [D], or empty
  bool single = false;             // float32 in the file

  int64_t count() const { return dimension == 0 ? 0 : static_cast<int64_t>(values.size()) / dimension; }
};

struct SnapshotTable {
  PointTable points;            // [n, D]
  std::vector<double> times;    // [n]
  std::vector<double> weights;  // [n], or empty
  // Columns of text, which are left out of points that no key chose.
  std::vector<std::string> left_out;
};

// Columns of a CSV file or arrays of an NPZ file. Empty: found by their usual names (see dataset put --help), where
// there is only one of those that is not among the points.
struct FileKeys {
  std::string time;
  std::vector<std::string> points;
  std::string weights;
};

// Rows with their times. All errors name the file.
absl::StatusOr<SnapshotTable> ReadSnapshots(const std::string& path, const FileKeys& keys);
absl::StatusOr<SnapshotTable> ReadSnapshots(absl::Span<const std::string> paths, const FileKeys& keys);
// Rows without times: all columns of a CSV file, or those named.
absl::StatusOr<PointTable> ReadPoints(const std::string& path, const std::vector<std::string>& points_key);

// .csv or .npz; ReadSnapshots without keys reads it back.
absl::Status WriteSnapshots(const std::string& path, const SnapshotTable& table);

// The components' names in a file of WriteSnapshots: none is empty, there twice, or would be taken for times or
// weights.
std::vector<std::string> ColumnNames(const std::vector<std::string>& names, int64_t dimension);

// "x1", "x2", ... where there are no names.
std::vector<std::string> AxisNames(const std::vector<std::string>& names, int64_t dimension);

}  // namespace actionmatch

#endif  // ACTIONMATCH_CLIENT_FILES_POINT_FILES_H_
