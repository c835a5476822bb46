// CSV: a header line that names the columns, then rows.

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/files/csv.h"
#include "client/files/file_bytes.h"
#include "client/files/file_format.h"
#include "client/files/number_text.h"

namespace actionmatch {
namespace {

absl::StatusOr<CsvTable> ReadTable(const std::string& path) {
  absl::StatusOr<std::string> text = ReadFile(path);
  if (!text.ok()) return text.status();
  absl::StatusOr<CsvTable> table = ParseCsv(*text);
  if (table.ok()) return table;
  return absl::Status(table.status().code(), absl::StrCat(path, ": ", table.status().message()));
}

absl::StatusOr<size_t> ColumnNamed(const std::string& path, const CsvTable& table, const std::string& name) {
  const auto it = std::find(table.names.begin(), table.names.end(), name);
  if (it != table.names.end()) return static_cast<size_t>(it - table.names.begin());
  return absl::InvalidArgumentError(
      absl::StrCat(path, " has no column of numbers named ", name, "; it has ", absl::StrJoin(table.names, ", ")));
}

// The index of the column that NameFor names; -1 if there is none.
absl::StatusOr<int64_t> ColumnFor(const std::string& path, const Role& role, const std::string& key,
                                  const std::vector<std::string>& taken, const CsvTable& table) {
  const absl::StatusOr<std::string> name = NameFor(path, role, key, taken, table.names);
  if (!name.ok()) return name.status();
  if (!name->empty()) {
    const absl::StatusOr<size_t> column = ColumnNamed(path, table, *name);
    if (!column.ok()) return column.status();
    return static_cast<int64_t>(*column);
  }
  // A column of text, such as "day 1", "day 2", ...: no other column may stand in for it.
  const auto text = std::find_if(table.text_names.begin(), table.text_names.end(),
                                 [&](const std::string& column) { return role.Usually(column); });
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

// The columns that the key names, or all columns except those left out.
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

absl::StatusOr<PointTable> ReadPoints(const std::string& path, const std::vector<std::string>& key) {
  absl::StatusOr<CsvTable> csv = ReadTable(path);
  if (!csv.ok()) return csv.status();
  return PointsOf(path, *csv, key, {});
}

absl::StatusOr<SnapshotTable> ReadSnapshots(const std::string& path, const FileKeys& keys) {
  absl::StatusOr<CsvTable> csv = ReadTable(path);
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

absl::Status WriteSnapshots(const std::string& path, const SnapshotTable& table) {
  const PointTable& points = table.points;
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

absl::Status WriteTrajectories(const std::string& path, const std::vector<std::string>& names,
                               const SampledTrajectories& trajectories) {
  std::vector<std::string> cells = {"time", "id", "log_weight"};
  const std::vector<std::string> components = DistinctNames(names, cells);
  cells.insert(cells.end(), components.begin(), components.end());
  std::string text = CsvLine(cells);
  for (int64_t frame = 0; frame < static_cast<int64_t>(trajectories.times.size()); ++frame) {
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

absl::Status WriteColumns(const std::string& path, const std::vector<NamedColumn>& columns) {
  return WriteFile(path, CsvText(columns));
}

}  // namespace

const FileFormat& CsvFormat() {
  static constexpr FileFormat format = {
      .ending = ".csv",
      .snapshot_layout = "a header line, then rows; without a key all columns of numbers that are left are the points",
      .trajectory_layout = "time, id, log_weight and the components",
      .read_points = ReadPoints,
      .read_snapshots = ReadSnapshots,
      .write_snapshots = WriteSnapshots,
      .write_trajectories = WriteTrajectories,
      .write_columns = WriteColumns,
      .keeps_names = true,
  };
  return format;
}

}  // namespace actionmatch
