#include "client/files/point_files.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/files/array_file.h"
#include "client/files/csv.h"
#include "client/files/file_bytes.h"

namespace actionmatch {
namespace {

// A part of a snapshot, and where files hold it.
struct Role {
  const char* what;
  const char* flag;
  std::vector<std::string> usual;
};

const Role kTimes = {"times", "--time-key", {"time", "times", "t", "ts", "day", "samples", "timepoint"}};
const Role kPoints = {"points", "--points-key", {"points", "x", "X", "data"}};
const Role kWeights = {"weights", "--weights-key", {"weight", "weights", "w"}};

bool Contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

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

absl::Status CheckWeights(const std::string& path, absl::string_view name, const std::vector<double>& weights) {
  for (size_t row = 0; row < weights.size(); ++row) {
    if (weights[row] < 0) {
      return absl::InvalidArgumentError(absl::StrCat(path, ": ", name, " is ", weights[row], " in row ", row,
                                                     " (counted from 0): weights must be at least 0"));
    }
  }
  return absl::OkStatus();
}

absl::Status UnknownEnding(const std::string& path) {
  const bool packed = absl::EndsWithIgnoreCase(path, ".gz");
  return absl::InvalidArgumentError(
      absl::StrCat(path, " ends in none of .csv, .npz, .npy", packed ? ": unpack it first (gunzip)" : ""));
}

// `key`, or, where that is empty, the one of the role's usual names that is there and not among those `taken` by
// another role; empty if there is none.
absl::StatusOr<std::string> NameFor(const std::string& path, const Role& role, const std::string& key,
                                    const std::vector<std::string>& taken, const std::vector<std::string>& names) {
  if (!key.empty()) return key;
  std::vector<std::string> found;
  for (const std::string& name : names) {
    if (Contains(role.usual, name) && !Contains(taken, name)) found.push_back(name);
  }
  if (found.size() > 1) {
    return absl::InvalidArgumentError(absl::StrCat(path, ": each of ", absl::StrJoin(found, ", "), " could hold the ",
                                                   role.what, ": say which does with ", role.flag));
  }
  return found.empty() ? "" : found[0];
}

absl::Status NoneFor(const std::string& path, const Role& role, const std::vector<std::string>& names) {
  if (names.empty()) return absl::InvalidArgumentError(absl::StrCat(path, " is empty: it holds no arrays"));
  return absl::InvalidArgumentError(absl::StrCat(path, " has ", absl::StrJoin(names, ", "), ", none of them named ",
                                                 absl::StrJoin(role.usual, ", "), ": say which holds the ", role.what,
                                                 " with ", role.flag));
}

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

// A vector of the NPZ file with one number for each row.
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

absl::StatusOr<SnapshotTable> FromNpz(const std::string& path, const FileKeys& keys) {
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

// The column that NameFor names; -1 if there is none.
absl::StatusOr<int64_t> ColumnFor(const std::string& path, const Role& role, const std::string& key,
                                  const std::vector<std::string>& taken, const CsvTable& table) {
  const absl::StatusOr<std::string> name = NameFor(path, role, key, taken, table.names);
  if (!name.ok()) return name.status();
  if (!name->empty()) {
    const absl::StatusOr<size_t> column = ColumnNamed(path, table, *name);
    if (!column.ok()) return column.status();
    return static_cast<int64_t>(*column);
  }
  // "day 1", "day 2", ...: no other column may pass for it.
  const auto text =
      std::find_first_of(table.text_names.begin(), table.text_names.end(), role.usual.begin(), role.usual.end());
  if (text == table.text_names.end()) return -1;
  return absl::InvalidArgumentError(
      absl::StrCat(path, ": column ", *text, " is text: write numbers, or name another column with ", role.flag));
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
  const absl::StatusOr<int64_t> time = ColumnFor(path, kTimes, keys.time, keys.points, *csv);
  if (!time.ok()) return time.status();
  if (*time < 0) return NoneFor(path, kTimes, csv->names);
  const absl::StatusOr<int64_t> weight = ColumnFor(path, kWeights, keys.weights, keys.points, *csv);
  if (!weight.ok()) return weight.status();
  SnapshotTable table;
  absl::StatusOr<PointTable> points = PointsOf(path, *csv, keys.points, {*time, *weight});
  if (!points.ok()) return points.status();
  table.points = *std::move(points);
  if (keys.points.empty()) table.left_out = csv->text_names;
  table.times = csv->columns[*time];
  if (*weight >= 0) {
    table.weights = csv->columns[*weight];
    if (absl::Status status = CheckWeights(path, csv->names[*weight], table.weights); !status.ok()) return status;
  }
  return table;
}

absl::Status NoNames(const std::string& path) {
  return absl::InvalidArgumentError(absl::StrCat(
      path, ": an NPY file names nothing that a key could choose: leave the keys out, or use NPZ with named arrays"));
}

// [n, 1 + D]: the first column is the time.
absl::StatusOr<SnapshotTable> FromNpy(const std::string& path, const FileKeys& keys) {
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

std::string ShapeText(const SnapshotTable& table) {
  return absl::StrCat(table.points.dimension, table.points.dimension == 1 ? " component" : " components", " and ",
                      table.weights.empty() ? "no weights" : "weights");
}

}  // namespace

std::vector<std::string> AxisNames(const std::vector<std::string>& names, int64_t dimension) {
  if (static_cast<int64_t>(names.size()) == dimension) return names;
  std::vector<std::string> made;
  for (int64_t d = 1; d <= dimension; ++d) made.push_back(absl::StrCat("x", d));
  return made;
}

std::vector<std::string> ColumnNames(const std::vector<std::string>& names, int64_t dimension) {
  std::vector<std::string> reserved = kTimes.usual;
  reserved.insert(reserved.end(), kWeights.usual.begin(), kWeights.usual.end());
  return DistinctNames(AxisNames(names, dimension), reserved);
}

absl::StatusOr<SnapshotTable> ReadSnapshots(const std::string& path, const FileKeys& keys) {
  if (absl::EndsWithIgnoreCase(path, ".npz")) return FromNpz(path, keys);
  if (absl::EndsWithIgnoreCase(path, ".npy")) return FromNpy(path, keys);
  if (absl::EndsWithIgnoreCase(path, ".csv")) return FromCsv(path, keys);
  return UnknownEnding(path);
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
      return absl::InvalidArgumentError(absl::StrCat(path, " has ", ShapeText(*table), ", but ", paths.front(), " has ",
                                                     ShapeText(all), ": put them as two datasets"));
    }
    // The same columns in another order would be mixed up without a word.
    if (table->points.names != all.points.names && !table->points.names.empty() && !all.points.names.empty()) {
      return absl::InvalidArgumentError(
          absl::StrCat(path, " has components ", absl::StrJoin(table->points.names, ", "), ", unlike ", paths.front(),
                       " with ", absl::StrJoin(all.points.names, ", "), ": name them in one order with --points-key"));
    }
    all.points.single = all.points.single && table->points.single;
    for (const std::string& name : table->left_out) {
      if (!Contains(all.left_out, name)) all.left_out.push_back(name);
    }
    all.points.values.insert(all.points.values.end(), table->points.values.begin(), table->points.values.end());
    all.times.insert(all.times.end(), table->times.begin(), table->times.end());
    all.weights.insert(all.weights.end(), table->weights.begin(), table->weights.end());
  }
  return all;
}

absl::StatusOr<PointTable> ReadPoints(const std::string& path, const std::vector<std::string>& points_key) {
  if (absl::EndsWithIgnoreCase(path, ".csv")) {
    absl::StatusOr<CsvTable> csv = ReadCsv(path);
    if (!csv.ok()) return csv.status();
    return PointsOf(path, *csv, points_key, {});
  }
  if (absl::EndsWithIgnoreCase(path, ".npz")) {
    const absl::StatusOr<ArrayArchive> archive = ReadNpz(path);
    if (!archive.ok()) return archive.status();
    return PointsOf(path, *archive, points_key);
  }
  if (absl::EndsWithIgnoreCase(path, ".npy")) {
    if (!points_key.empty()) return NoNames(path);
    absl::StatusOr<std::string> bytes = ReadFile(path);
    if (!bytes.ok()) return bytes.status();
    absl::StatusOr<NumberArray> array = ParseNpy(*bytes);
    if (!array.ok()) return InFile(path, array.status());
    return ToPoints(path, "its array", *std::move(array));
  }
  return UnknownEnding(path);
}

absl::Status WriteSnapshots(const std::string& path, const SnapshotTable& table) {
  const PointTable& points = table.points;
  if (absl::EndsWithIgnoreCase(path, ".npz")) {
    NamedArrays arrays;
    arrays["t"] = {{points.count()}, table.times, false};
    arrays["x"] = {{points.count(), points.dimension}, points.values, points.single};
    if (!table.weights.empty()) arrays["w"] = {{points.count()}, table.weights, false};
    return WriteNpz(path, arrays);
  }
  if (!absl::EndsWithIgnoreCase(path, ".csv")) {
    return absl::InvalidArgumentError(absl::StrCat(path, " ends in none of .csv, .npz"));
  }
  std::vector<std::string> cells = ColumnNames(points.names, points.dimension);
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
