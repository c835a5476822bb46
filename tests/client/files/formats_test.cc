#include "client/files/formats.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "client/files/point_files.h"
#include "client/files/trajectory_files.h"
#include "tests/client/support/temporary_file.h"

namespace actionmatch {
namespace {

using ::testing::HasSubstr;

// Numbers that lose something if a format rounds them or loses their sign.
SnapshotTable Rows(bool weighted) {
  SnapshotTable table;
  table.points.dimension = 3;
  table.points.values = {0.1, 1e-300, -3, 1e300, 5, -0.7, 1.0 / 3, 8, 9};
  table.points.names = {"x, \"1\"", "", "time"};  // one to quote, one to make, one that is taken
  table.times = {0, 0.3, 1e9};
  if (weighted) table.weights = {0, 0.25, 2e-5};
  return table;
}

TEST(FormatsTest, WhatAFormatWritesItReadsBack) {
  int formats = 0;
  for (const FileFormat* format : FileFormats()) {
    SCOPED_TRACE(format->ending);
    if (format->write_snapshots == nullptr || format->read_snapshots == nullptr) continue;
    ++formats;
    for (const bool weighted : {false, true}) {
      const SnapshotTable table = Rows(weighted);
      const std::string path = PathTo(absl::StrCat("back", format->ending));
      const absl::Status written = WriteSnapshots(path, table);
      ASSERT_TRUE(written.ok()) << written;
      const absl::StatusOr<SnapshotTable> back = ReadSnapshots(path, {});
      ASSERT_TRUE(back.ok()) << back.status();
      EXPECT_EQ(back->points.values, table.points.values);
      EXPECT_EQ(back->points.dimension, 3);
      EXPECT_EQ(back->times, table.times);
      EXPECT_EQ(back->weights, table.weights);
      EXPECT_TRUE(back->left_out.empty());
      if (format->keeps_names) {
        EXPECT_EQ(back->points.names, ColumnNames(table.points.names, 3));
      } else {
        EXPECT_TRUE(back->points.names.empty());
      }
    }
  }
  EXPECT_GE(formats, 2);
}

TEST(FormatsTest, PointsAreReadFromSnapshotsByTheirNames) {
  for (const FileFormat* format : FormatsWith(&FileFormat::write_snapshots)) {
    SCOPED_TRACE(format->ending);
    if (!format->keeps_names || format->read_points == nullptr) continue;
    const SnapshotTable table = Rows(true);
    const std::string path = PathTo(absl::StrCat("points", format->ending));
    ASSERT_TRUE(format->write_snapshots(path, table).ok());
    const absl::StatusOr<PointTable> points = ReadPoints(path, ColumnNames(table.points.names, 3));
    ASSERT_TRUE(points.ok()) << points.status();
    EXPECT_EQ(points->values, table.points.values);
    EXPECT_EQ(points->dimension, 3);
  }
}

TEST(FormatsTest, AnEndingIsFoundInUpperAndLowerCase) {
  std::set<std::string> endings;
  for (const FileFormat* format : FileFormats()) {
    EXPECT_TRUE(endings.insert(format->ending).second) << format->ending;
    EXPECT_EQ(format->ending[0], '.');
    EXPECT_EQ(FormatOf(absl::StrCat("a", format->ending), FileFormats()), format);
    EXPECT_EQ(FormatOf(absl::AsciiStrToUpper(absl::StrCat("a", format->ending)), FileFormats()), format);
  }
}

// Refused by every function of the room, with the endings of just those formats that have the function.
TEST(FormatsTest, AnUnknownEndingIsRefusedByTheNamesOfAllThatAreKnown) {
  const auto check = [](const absl::Status& status, const std::vector<const FileFormat*>& formats) {
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr("a.txt"));
    for (const FileFormat* format : FileFormats()) {
      const bool has = std::find(formats.begin(), formats.end(), format) != formats.end();
      EXPECT_EQ(absl::StrContains(status.message(), format->ending), has) << status;
      EXPECT_EQ(absl::StrContains(EndingsText(formats), format->ending), has);
    }
  };
  const std::string path = FileOf("a.txt", "t,x\n0,1\n");
  check(ReadPoints(path, {}).status(), FormatsWith(&FileFormat::read_points));
  check(ReadSnapshots(path, {}).status(), FormatsWith(&FileFormat::read_snapshots));
  check(WriteSnapshots(path, Rows(false)), FormatsWith(&FileFormat::write_snapshots));
  check(WriteTrajectories(path, {"x"}, {}), FormatsWith(&FileFormat::write_trajectories));
  check(FunctionFor(path, &FileFormat::write_columns).status(), FormatsWith(&FileFormat::write_columns));
  EXPECT_THAT(std::string(ReadPoints("a.csv.gz", {}).status().message()), HasSubstr("gunzip"));
}

TEST(FormatsTest, AFormatThatCannotWriteIsRefusedForWriting) {
  for (const FileFormat* format : FileFormats()) {
    if (format->write_snapshots != nullptr) continue;
    const absl::Status status = WriteSnapshots(PathTo(absl::StrCat("no", format->ending)), Rows(false));
    EXPECT_THAT(std::string(status.message()), HasSubstr("ends in none of "));
  }
}

TEST(FormatsTest, EveryFormatTellsItsLayoutToHelp) {
  for (const FileFormat* format : FileFormats()) {
    EXPECT_EQ(format->read_snapshots != nullptr, *format->snapshot_layout != '\0') << format->ending;
    EXPECT_EQ(format->write_trajectories != nullptr, *format->trajectory_layout != '\0') << format->ending;
  }
}

TEST(FormatsTest, EndingsReadAsASentence) {
  const FileFormat a = {.ending = ".a"};
  const FileFormat b = {.ending = ".b"};
  const FileFormat c = {.ending = ".c"};
  EXPECT_EQ(EndingsText({&a}), ".a");
  EXPECT_EQ(EndingsText({&a, &b}), ".a or .b");
  EXPECT_EQ(EndingsText({&a, &b, &c}), ".a, .b or .c");
}

}  // namespace
}  // namespace actionmatch
