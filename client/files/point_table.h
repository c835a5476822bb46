// Points, snapshots, trajectories and other columns of numbers, as files hold them.

#ifndef ACTIONMATCH_CLIENT_FILES_POINT_TABLE_H_
#define ACTIONMATCH_CLIENT_FILES_POINT_TABLE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

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

struct SampledTrajectories {
  std::vector<double> times;        // [F], as asked
  int64_t count = 0;                // N
  int64_t dimension = 0;            // D
  std::vector<double> points;       // [F, N, D]
  std::vector<double> log_weights;  // [F, N]
  bool single = false;              // float32
};

struct NamedColumn {
  std::string name;
  std::vector<double> values;  // [n], n is the same for all columns of a table
};

// The names, or "x1", "x2", ... if there are no names.
std::vector<std::string> AxisNames(const std::vector<std::string>& names, int64_t dimension);

// INVALID_ARGUMENT names the file, the column or array and the row of a negative weight.
absl::Status CheckWeights(const std::string& path, absl::string_view name, const std::vector<double>& weights);

}  // namespace actionmatch

#endif  // ACTIONMATCH_CLIENT_FILES_POINT_TABLE_H_
