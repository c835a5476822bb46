#include "client/files/point_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "client/files/array_file.h"
#include "client/files/file_bytes.h"

namespace actionmatch {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string PathTo(const std::string& name) { return ::testing::TempDir() + "point_files_test_" + name; }

std::string FileOf(const std::string& name, absl::string_view bytes) {
  EXPECT_TRUE(WriteFile(PathTo(name), bytes).ok());
  return PathTo(name);
}

std::string Message(const absl::Status& status) { return std::string(status.message()); }

TEST(PointFilesTest, SnapshotsComeBackFromEveryKindOfFile) {
  SnapshotTable table;
  table.points.dimension = 2;
  table.points.values = {0.1, 1e-300, -3, 4, 5, 6};
  table.times = {0, 0, 1.5};
  for (const bool weighted : {false, true}) {
    if (weighted) table.weights = {1, 0.25, 2};
    for (const char* name : {"back.csv", "back.npz"}) {
      ASSERT_TRUE(WriteSnapshots(PathTo(name), table).ok());
      const absl::StatusOr<SnapshotTable> back = ReadSnapshots(PathTo(name), {});
      ASSERT_TRUE(back.ok()) << back.status();
      EXPECT_EQ(back->points.values, table.points.values);
      EXPECT_EQ(back->points.dimension, 2);
      EXPECT_EQ(back->times, table.times);
      EXPECT_EQ(back->weights, table.weights);
    }
  }
}

TEST(PointFilesTest, TheFirstColumnOfAnNpyFileIsTheTime) {
  const std::string path = FileOf("a.npy", SerializeNpy({{2, 3}, {0, 1, 2, 5, 3, 4}, false}));
  const absl::StatusOr<SnapshotTable> table = ReadSnapshots(path, {});
  ASSERT_TRUE(table.ok()) << table.status();
  EXPECT_THAT(table->times, ElementsAre(0, 5));
  EXPECT_THAT(table->points.values, ElementsAre(1, 2, 3, 4));
  for (const FileKeys& keys : {FileKeys{"day", {}, ""}, FileKeys{"", {"x"}, ""}, FileKeys{"", {}, "w"}}) {
    EXPECT_THAT(Message(ReadSnapshots(path, keys).status()), HasSubstr("a.npy: an NPY file names nothing"));
  }
}

TEST(PointFilesTest, ColumnsOfTextAreLeftOutUnlessTheyAreNamed) {
  const std::string path = FileOf("text.csv", "barcode,x,day,y\nAA-1,1,0,2\nAC-1,3,1,4\n");
  const absl::StatusOr<SnapshotTable> table = ReadSnapshots(path, {});
  ASSERT_TRUE(table.ok()) << table.status();
  EXPECT_THAT(table->points.names, ElementsAre("x", "y"));
  EXPECT_THAT(table->times, ElementsAre(0, 1));
  EXPECT_THAT(Message(ReadSnapshots(path, {"", {"barcode", "x"}, ""}).status()),
              HasSubstr("no column of numbers named barcode; it has x, day, y"));
}

TEST(PointFilesTest, AColumnOfTimesThatIsTextIsNotReplacedByAnother) {
  const std::string path = FileOf("days.csv", "x,day,y\n1,day0,2\n3,day1,4\n");
  EXPECT_THAT(Message(ReadSnapshots(path, {}).status()), HasSubstr("column day is text"));
  EXPECT_TRUE(ReadSnapshots(path, {"x", {}, ""}).ok());
}

TEST(PointFilesTest, FilesAreJoinedOnlyWhereTheirColumnsAgree) {
  const std::string first = FileOf("1.csv", "t,x,y\n0,1,2\n");
  const std::string second = FileOf("2.csv", "t,x,y\n1,3,4\n");
  const std::string turned = FileOf("3.csv", "t,y,x\n1,4,3\n");
  const std::string narrow = FileOf("4.csv", "t,x\n1,4\n");
  const std::vector<std::string> same = {first, second};
  const absl::StatusOr<SnapshotTable> table = ReadSnapshots(same, {});
  ASSERT_TRUE(table.ok()) << table.status();
  EXPECT_THAT(table->points.values, ElementsAre(1, 2, 3, 4));
  const std::vector<std::string> mixed = {first, turned};
  EXPECT_THAT(Message(ReadSnapshots(mixed, {}).status()), HasSubstr("3.csv has components y, x, unlike"));
  EXPECT_EQ(ReadSnapshots(mixed, {"", {"x", "y"}, ""})->points.values, table->points.values);
  const std::vector<std::string> uneven = {first, narrow};
  EXPECT_THAT(Message(ReadSnapshots(uneven, {}).status()), HasSubstr("4.csv has 1 component and no weights, but"));
  EXPECT_THAT(Message(ReadSnapshots(uneven, {}).status()), HasSubstr("1.csv has 2 components and no weights"));
}

TEST(PointFilesTest, WhatIsNoPointFileIsNamed) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const std::pair<std::string, const char*> wrong[] = {
      {FileOf("nan.npy", SerializeNpy({{2, 2}, {1, 2, 3, nan}, false})), "row 1, column 1"},
      {FileOf("flat.npy", SerializeNpy({{4}, {1, 2, 3, 4}, false})), "shape (4)"},
      {FileOf("cut.npy", "\x93NUMPY"), "NPY"},
      {FileOf("a.txt", "x\n1\n"), ".csv, .npz, .npy"},
      {PathTo("missing.csv"), "cannot read"},
  };
  for (const auto& [path, word] : wrong) {
    const absl::Status status = ReadPoints(path, {}).status();
    EXPECT_THAT(Message(status), HasSubstr(word));
    EXPECT_THAT(Message(status), HasSubstr(path));
  }
}

TEST(PointFilesTest, NoColumnPassesForTheTimeWithoutItsName) {
  const std::string path = FileOf("xy.csv", "x,y\n0,1\n1,2\n");
  const std::string message = Message(ReadSnapshots(path, {}).status());
  EXPECT_THAT(message, HasSubstr("xy.csv has x, y, none of them named time, times"));
  EXPECT_THAT(message, HasSubstr("--time-key"));
  EXPECT_THAT(ReadSnapshots(path, {"x", {}, ""})->points.names, ElementsAre("y"));
}

TEST(PointFilesTest, TwoColumnsThatCouldBeTheTimeAreAmbiguousUntilAKeyChooses) {
  const std::string path = FileOf("two.csv", "day,time,x,w,weight\n0,5,1,1,2\n");
  EXPECT_THAT(Message(ReadSnapshots(path, {}).status()),
              HasSubstr("each of day, time could hold the times: say which"));
  EXPECT_THAT(Message(ReadSnapshots(path, {"day", {}, ""}).status()), HasSubstr("--weights-key"));
  EXPECT_THAT(ReadSnapshots(path, {"time", {"x"}, "w"})->times, ElementsAre(5));
  // What is named as a component is neither the time nor the weight.
  const absl::StatusOr<SnapshotTable> table = ReadSnapshots(path, {"", {"day", "w"}, ""});
  ASSERT_TRUE(table.ok()) << table.status();
  EXPECT_THAT(table->times, ElementsAre(5));
  EXPECT_THAT(table->weights, ElementsAre(2));

  ASSERT_TRUE(WriteNpz(PathTo("two.npz"),
                       {{"x", {{1, 1}, {3}, false}}, {"day", {{1}, {0}, false}}, {"time", {{1}, {1}, false}}})
                  .ok());
  EXPECT_THAT(Message(ReadSnapshots(PathTo("two.npz"), {}).status()), HasSubstr("--time-key"));
}

TEST(PointFilesTest, ComponentsNamedLikeTimesOrWeightsAreRenamedInCsvFiles) {
  SnapshotTable table;
  table.points.dimension = 4;
  table.points.names = {"time", "w", "x", "time_"};
  table.points.values = {1, 2, 3, 4};
  table.times = {7};
  ASSERT_TRUE(WriteSnapshots(PathTo("clash.csv"), table).ok());
  const absl::StatusOr<SnapshotTable> back = ReadSnapshots(PathTo("clash.csv"), {});
  ASSERT_TRUE(back.ok()) << back.status();
  EXPECT_THAT(back->points.names, ElementsAre("time__", "w_", "x", "time_"));
  EXPECT_EQ(back->points.values, table.points.values);
  EXPECT_EQ(back->times, table.times);
  EXPECT_TRUE(back->weights.empty());
}

TEST(PointFilesTest, ANegativeWeightIsToldWithItsFileAndRow) {
  const std::string path = FileOf("negative.csv", "t,x,w\n0,1,1\n0,2,-1\n");
  EXPECT_THAT(Message(ReadSnapshots(path, {}).status()), HasSubstr("negative.csv: w is -1 in row 1"));
  ASSERT_TRUE(WriteNpz(PathTo("negative.npz"),
                       {{"x", {{1, 1}, {3}, false}}, {"t", {{1}, {0}, false}}, {"w", {{1}, {-2}, false}}})
                  .ok());
  EXPECT_THAT(Message(ReadSnapshots(PathTo("negative.npz"), {}).status()), HasSubstr("negative.npz: w is -2 in row 0"));
}

}  // namespace
}  // namespace actionmatch
