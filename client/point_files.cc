#include "client/point_files.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/array_file.h"
#include "client/csv.h"

namespace actionmatch {
namespace {

const std::vector<std::string> kTimeNames = {"time", "times", "t", "ts", "day", "samples", "timepoint"};
const std::vector<std::string> kPointNames = {"points", "x", "X", "data"};
const std::vector<std::string> kWeightNames = {"weight", "weights", "w"};

absl::Status InFile(const std::string& path, const absl::Status& status) {
  return absl::Status(status.code(), absl::StrCat(path, ": ", status.message()));
}

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

// The array named `key`, or, where that is empty, by one of the usual names; null if there is none of those.
absl::StatusOr<const NumberArray*> Find(const std::string& path, const NamedArrays& arrays, const std::string& key,
                                        const std::vector<std::string>& usual, std::string* found) {
  for (const std::string& name : key.empty() ? usual : std::vector<std::string>{key}) {
    const auto it = arrays.find(name);
    if (it == arrays.end()) continue;
    *found = name;
    return &it->second;
  }
  if (key.empty()) return nullptr;
  std::vector<std::string> names;
  for (const auto& [name, array] : arrays) names.push_back(name);
  return absl::InvalidArgumentError(
      absl::StrCat(path, " has no array named ", key, "; it has ", absl::StrJoin(names, ", ")));
}

absl::StatusOr<PointTable> PointsOf(const std::string& path, const NamedArrays& arrays,
                                    const std::vector<std::string>& keys) {
  if (keys.size() > 1) return absl::InvalidArgumentError("--points-key names one array of an NPZ file");
  std::string name;
  absl::StatusOr<const NumberArray*> array = Find(path, arrays, keys.empty() ? "" : keys[0], kPointNames, &name);
  if (!array.ok()) return array.status();
  if (*array == nullptr) {
    return absl::InvalidArgumentError(absl::StrCat(path, " has no array named ", absl::StrJoin(kPointNames, " or "),
                                                   ": say which holds the points with --points-key"));
  }
  return ToPoints(path, name, **array);
}

// A vector of the NPZ file with one number for each row.
absl::StatusOr<std::vector<double>> RowsOf(const std::string& path, const std::string& name, const NumberArray& array,
                                           int64_t rows) {
  if (static_cast<int64_t>(array.values.size()) != rows) {
    return absl::InvalidArgumentError(
        absl::StrCat(path, ": ", name, " has ", array.values.size(), " elements, but there are ", rows, " points"));
  }
  if (absl::Status status = CheckFinite(path, name, array); !status.ok()) return status;
  return array.values;
}

absl::StatusOr<SnapshotTable> FromNpz(const std::string& path, const FileKeys& keys) {
  absl::StatusOr<NamedArrays> arrays = ReadNpz(path);
  if (!arrays.ok()) return arrays.status();
  SnapshotTable table;
  absl::StatusOr<PointTable> points = PointsOf(path, *arrays, keys.points);
  if (!points.ok()) return points.status();
  table.points = *std::move(points);
  std::string name;
  absl::StatusOr<const NumberArray*> time = Find(path, *arrays, keys.time, kTimeNames, &name);
  if (!time.ok()) return time.status();
  if (*time == nullptr) {
    return absl::InvalidArgumentError(absl::StrCat(path, " has no array named ", absl::StrJoin(kTimeNames, " or "),
                                                   ": say which holds the times with --time-key"));
  }
  absl::StatusOr<std::vector<double>> times = RowsOf(path, name, **time, table.points.count());
  if (!times.ok()) return times.status();
  table.times = *std::move(times);
  absl::StatusOr<const NumberArray*> weight = Find(path, *arrays, keys.weights, kWeightNames, &name);
  if (!weight.ok()) return weight.status();
  if (*weight != nullptr) {
    absl::StatusOr<std::vector<double>> weights = RowsOf(path, name, **weight, table.points.count());
    if (!weights.ok()) return weights.status();
    table.weights = *std::move(weights);
  }
  return table;
}

absl::StatusOr<CsvTable> ReadCsv(const std::string& path) {
  absl::StatusOr<std::string> text = ReadFile(path);
  if (!text.ok()) return text.status();
  absl::StatusOr<CsvTable> table = ParseCsv(*text);
  if (!table.ok()) return InFile(path, table.status());
  return table;
}

absl::StatusOr<size_t> ColumnNamed(const std::string& path, const CsvTable& table, const std::string& name) {
  const auto it = std::find(table.names.begin(), table.names.end(), name);
  if (it != table.names.end()) return static_cast<size_t>(it - table.names.begin());
  return absl::InvalidArgumentError(
      absl::StrCat(path, " has no column of numbers named ", name, "; it has ", absl::StrJoin(table.names, ", ")));
}

// The column named `key`, or, where that is empty, the first with one of the usual names; -1 if there is none of those.
absl::StatusOr<int64_t> Find(const std::string& path, const CsvTable& table, const std::string& key,
                             const std::vector<std::string>& usual) {
  if (!key.empty()) {
    const absl::StatusOr<size_t> column = ColumnNamed(path, table, key);
    if (!column.ok()) return column.status();
    return static_cast<int64_t>(*column);
  }
  const auto it = std::find_first_of(table.names.begin(), table.names.end(), usual.begin(), usual.end());
  if (it != table.names.end()) return it - table.names.begin();
  // "day 1", "day 2", ...: no other column may pass for it.
  const auto text = std::find_first_of(table.text_names.begin(), table.text_names.end(), usual.begin(), usual.end());
  if (text == table.text_names.end()) return -1;
  return absl::InvalidArgumentError(
      absl::StrCat(path, ": column ", *text, " is text: write numbers, or name another column with its key"));
}

PointTable Gather(const CsvTable& table, const std::vector<size_t>& columns) {
  PointTable points;
  points.dimension = static_cast<int64_t>(columns.size());
  for (const size_t column : columns) points.names.push_back(table.names[column]);
  for (int64_t row = 0; row < table.rows(); ++row) {
    for (const size_t column : columns) points.values.push_back(table.columns[column][row]);
  }
  return points;
}

// The columns named, or all but those left out.
absl::StatusOr<PointTable> PointsOf(const std::string& path, const CsvTable& table,
                                    const std::vector<std::string>& keys, const std::vector<int64_t>& left_out) {
  std::vector<size_t> columns;
  for (const std::string& key : keys) {
    absl::StatusOr<size_t> column = ColumnNamed(path, table, key);
    if (!column.ok()) return column.status();
    columns.push_back(*column);
  }
  for (size_t i = 0; keys.empty() && i < table.names.size(); ++i) {
    if (std::find(left_out.begin(), left_out.end(), static_cast<int64_t>(i)) == left_out.end()) columns.push_back(i);
  }
  if (columns.empty()) return absl::InvalidArgumentError(absl::StrCat(path, " has no columns left for the points"));
  return Gather(table, columns);
}

absl::StatusOr<SnapshotTable> FromCsv(const std::string& path, const FileKeys& keys) {
  absl::StatusOr<CsvTable> csv = ReadCsv(path);
  if (!csv.ok()) return csv.status();
  const absl::StatusOr<int64_t> named = Find(path, *csv, keys.time, kTimeNames);
  if (!named.ok()) return named.status();
  const int64_t time = std::max<int64_t>(0, *named);
  const absl::StatusOr<int64_t> weight = Find(path, *csv, keys.weights, kWeightNames);
  if (!weight.ok()) return weight.status();
  SnapshotTable table;
  absl::StatusOr<PointTable> points = PointsOf(path, *csv, keys.points, {time, *weight});
  if (!points.ok()) return points.status();
  table.points = *std::move(points);
  table.times = csv->columns[time];
  if (*weight >= 0) table.weights = csv->columns[*weight];
  return table;
}

// [n, 1 + D]: the first column is the time.
absl::StatusOr<SnapshotTable> FromNpy(const std::string& path) {
  absl::StatusOr<PointTable> all = ReadPoints(path, {});
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

std::vector<std::string> AxisNames(const std::vector<std::string>& names, int64_t dimension) {
  if (static_cast<int64_t>(names.size()) == dimension) return names;
  std::vector<std::string> made;
  for (int64_t d = 1; d <= dimension; ++d) made.push_back(absl::StrCat("x", d));
  return made;
}

absl::StatusOr<SnapshotTable> ReadSnapshots(const std::string& path, const FileKeys& keys) {
  if (absl::EndsWith(path, ".npz")) return FromNpz(path, keys);
  if (absl::EndsWith(path, ".npy")) return FromNpy(path);
  if (absl::EndsWith(path, ".csv")) return FromCsv(path, keys);
  return absl::InvalidArgumentError(absl::StrCat(path, " ends in none of .csv, .npz, .npy"));
}

absl::StatusOr<SnapshotTable> ReadSnapshots(absl::Span<const std::string> paths, const FileKeys& keys) {
  SnapshotTable all;
  for (const std::string& path : paths) {
    absl::StatusOr<SnapshotTable> table = ReadSnapshots(path, keys);
    if (!table.ok()) return table.status();
    if (&path == &paths.front()) {
      all = *std::move(table);
      continue;
    }
    if (table->points.dimension != all.points.dimension || table->weights.empty() != all.weights.empty()) {
      return absl::InvalidArgumentError(absl::StrCat(path, " has ", table->points.dimension, " components and ",
                                                     (table->weights.empty() ? "no " : ""), "weights, unlike ",
                                                     paths.front(), ": put them as two datasets"));
    }
    // The same columns in another order would be mixed up without a word.
    if (table->points.names != all.points.names && !table->points.names.empty() && !all.points.names.empty()) {
      return absl::InvalidArgumentError(
          absl::StrCat(path, " has components ", absl::StrJoin(table->points.names, ", "), ", unlike ", paths.front(),
                       " with ", absl::StrJoin(all.points.names, ", "), ": name them in one order with --points-key"));
    }
    all.points.single = all.points.single && table->points.single;
    all.points.values.insert(all.points.values.end(), table->points.values.begin(), table->points.values.end());
    all.times.insert(all.times.end(), table->times.begin(), table->times.end());
    all.weights.insert(all.weights.end(), table->weights.begin(), table->weights.end());
  }
  return all;
}

absl::StatusOr<PointTable> ReadPoints(const std::string& path, const std::vector<std::string>& points_key) {
  if (absl::EndsWith(path, ".csv")) {
    absl::StatusOr<CsvTable> csv = ReadCsv(path);
    if (!csv.ok()) return csv.status();
    return PointsOf(path, *csv, points_key, {});
  }
  if (absl::EndsWith(path, ".npz")) {
    absl::StatusOr<NamedArrays> arrays = ReadNpz(path);
    if (!arrays.ok()) return arrays.status();
    return PointsOf(path, *arrays, points_key);
  }
  if (absl::EndsWith(path, ".npy")) {
    absl::StatusOr<std::string> bytes = ReadFile(path);
    if (!bytes.ok()) return bytes.status();
    absl::StatusOr<NumberArray> array = ParseNpy(*bytes);
    if (!array.ok()) return InFile(path, array.status());
    return ToPoints(path, "its array", *std::move(array));
  }
  return absl::InvalidArgumentError(absl::StrCat(path, " ends in none of .csv, .npz, .npy"));
}

absl::Status WriteSnapshots(const std::string& path, const SnapshotTable& table) {
  const PointTable& points = table.points;
  if (absl::EndsWith(path, ".npz")) {
    NamedArrays arrays;
    arrays["t"] = {{points.count()}, table.times, false};
    arrays["x"] = {{points.count(), points.dimension}, points.values, points.single};
    if (!table.weights.empty()) arrays["w"] = {{points.count()}, table.weights, false};
    return WriteNpz(path, arrays);
  }
  if (!absl::EndsWith(path, ".csv")) {
    return absl::InvalidArgumentError(absl::StrCat(path, " ends in none of .csv, .npz"));
  }
  std::vector<std::string> cells = AxisNames(points.names, points.dimension);
  if (!table.weights.empty()) cells.insert(cells.begin(), "weight");
  cells.insert(cells.begin(), "time");
  std::string text = CsvLine(cells);
  for (int64_t row = 0; row < points.count(); ++row) {
    cells = {NumberToText(table.times[row])};
    if (!table.weights.empty()) cells.push_back(NumberToText(table.weights[row]));
    for (int64_t d = 0; d < points.dimension; ++d)
      cells.push_back(NumberToText(points.values[row * points.dimension + d]));
    text += CsvLine(cells);
  }
  return WriteFile(path, text);
}

}  // namespace actionmatch
