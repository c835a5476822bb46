#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/files/point_files.h"
#include "tests/client/support/temporary_file.h"

namespace actionmatch {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string Message(const absl::Status& status) { return std::string(status.message()); }

TEST(CsvFormatTest, ColumnsOfTextAreLeftOutUnlessTheyAreNamed) {
  const std::string path = FileOf("text.csv", "barcode,x,day,y\nAA-1,1,0,2\nAC-1,3,1,4\n");
  const absl::StatusOr<SnapshotTable> table = ReadSnapshots(path, {});
  ASSERT_TRUE(table.ok()) << table.status();
  EXPECT_THAT(table->points.names, ElementsAre("x", "y"));
  EXPECT_THAT(table->times, ElementsAre(0, 1));
  EXPECT_THAT(Message(ReadSnapshots(path, {"", {"barcode", "x"}, ""}).status()),
              HasSubstr("no column of numbers named barcode; it has x, day, y"));
}

TEST(CsvFormatTest, AColumnOfTimesThatIsTextIsNotReplacedByAnother) {
  const std::string path = FileOf("days.csv", "x,day,y\n1,day0,2\n3,day1,4\n");
  EXPECT_THAT(Message(ReadSnapshots(path, {}).status()), HasSubstr("column day is text"));
  EXPECT_TRUE(ReadSnapshots(path, {"x", {}, ""}).ok());
}

TEST(CsvFormatTest, NoColumnPassesForTheTimeWithoutItsName) {
  const std::string path = FileOf("xy.csv", "x,y\n0,1\n1,2\n");
  const std::string message = Message(ReadSnapshots(path, {}).status());
  EXPECT_THAT(message, HasSubstr("xy.csv has x, y, none of them named time, times"));
  EXPECT_THAT(message, HasSubstr("--time-key"));
  EXPECT_THAT(ReadSnapshots(path, {"x", {}, ""})->points.names, ElementsAre("y"));
}

TEST(CsvFormatTest, TwoColumnsThatCouldBeTheTimeAreAmbiguousUntilAKeyChooses) {
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
}

TEST(CsvFormatTest, ComponentsNamedLikeTimesOrWeightsAreRenamedInCsvFiles) {
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

TEST(CsvFormatTest, ANegativeWeightIsToldWithItsFileAndRow) {
  const std::string path = FileOf("negative.csv", "t,x,w\n0,1,1\n0,2,-1\n");
  EXPECT_THAT(Message(ReadSnapshots(path, {}).status()), HasSubstr("negative.csv: w is -1 in row 1"));
}

}  // namespace
}  // namespace actionmatch
