#include "client/files/point_files.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/files/formats.h"

namespace actionmatch {
namespace {

// FunctionFor, whose error also says what to do with a packed file.
template <typename Function>
absl::StatusOr<Function> ReaderFor(const std::string& path, Function FileFormat::*function) {
  absl::StatusOr<Function> reader = FunctionFor(path, function);
  if (reader.ok() || !absl::EndsWithIgnoreCase(path, ".gz")) return reader;
  return absl::InvalidArgumentError(absl::StrCat(reader.status().message(), ": unpack it first (gunzip)"));
}

std::string ShapeText(const SnapshotTable& table) {
  return absl::StrCat(table.points.dimension, table.points.dimension == 1 ? " component" : " components", " and ",
                      table.weights.empty() ? "no weights" : "weights");
}

}  // namespace

absl::StatusOr<SnapshotTable> ReadSnapshots(const std::string& path, const FileKeys& keys) {
  const auto read = ReaderFor(path, &FileFormat::read_snapshots);
  if (!read.ok()) return read.status();
  return (*read)(path, keys);
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
    // Columns in another order are refused: they would be mixed up without a word.
    if (table->points.names != all.points.names && !table->points.names.empty() && !all.points.names.empty()) {
      return absl::InvalidArgumentError(
          absl::StrCat(path, " has components ", absl::StrJoin(table->points.names, ", "), ", unlike ", paths.front(),
                       " with ", absl::StrJoin(all.points.names, ", "), ": name them in one order with --points-key"));
    }
    all.points.single = all.points.single && table->points.single;
    for (const std::string& name : table->left_out) {
      if (std::find(all.left_out.begin(), all.left_out.end(), name) == all.left_out.end()) {
        all.left_out.push_back(name);
      }
    }
    all.points.values.insert(all.points.values.end(), table->points.values.begin(), table->points.values.end());
    all.times.insert(all.times.end(), table->times.begin(), table->times.end());
    all.weights.insert(all.weights.end(), table->weights.begin(), table->weights.end());
  }
  return all;
}

absl::StatusOr<PointTable> ReadPoints(const std::string& path, const std::vector<std::string>& points_key) {
  const auto read = ReaderFor(path, &FileFormat::read_points);
  if (!read.ok()) return read.status();
  return (*read)(path, points_key);
}

absl::Status WriteSnapshots(const std::string& path, const SnapshotTable& table) {
  const auto write = FunctionFor(path, &FileFormat::write_snapshots);
  if (!write.ok()) return write.status();
  return (*write)(path, table);
}

}  // namespace actionmatch
