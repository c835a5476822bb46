#include "client/files/point_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "client/files/array_file.h"
#include "tests/client/support/temporary_file.h"

namespace actionmatch {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string Message(const absl::Status& status) { return std::string(status.message()); }

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

}  // namespace
}  // namespace actionmatch
