#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/files/array_file.h"
#include "client/files/point_files.h"
#include "tests/client/support/temporary_file.h"

namespace actionmatch {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string Message(const absl::Status& status) { return std::string(status.message()); }

TEST(NpzFormatTest, TwoArraysThatCouldBeTheTimeAreAmbiguous) {
  ASSERT_TRUE(WriteNpz(PathTo("two.npz"),
                       {{"x", {{1, 1}, {3}, false}}, {"day", {{1}, {0}, false}}, {"time", {{1}, {1}, false}}})
                  .ok());
  EXPECT_THAT(Message(ReadSnapshots(PathTo("two.npz"), {}).status()), HasSubstr("--time-key"));
}

TEST(NpzFormatTest, ANegativeWeightIsToldWithItsFileAndRow) {
  ASSERT_TRUE(WriteNpz(PathTo("negative.npz"),
                       {{"x", {{1, 1}, {3}, false}}, {"t", {{1}, {0}, false}}, {"w", {{1}, {-2}, false}}})
                  .ok());
  EXPECT_THAT(Message(ReadSnapshots(PathTo("negative.npz"), {}).status()), HasSubstr("negative.npz: w is -2 in row 0"));
}

TEST(NpzFormatTest, AVectorNeedsANumberForEachPoint) {
  for (const std::vector<int64_t>& shape : {std::vector<int64_t>{2}, {1, 3}, {3, 2}}) {
    int64_t count = 1;
    for (const int64_t length : shape) count *= length;
    ASSERT_TRUE(WriteNpz(PathTo("uneven.npz"),
                         {{"x", {{3, 1}, {1, 2, 3}, false}}, {"t", {shape, std::vector<double>(count), false}}})
                    .ok());
    EXPECT_THAT(Message(ReadSnapshots(PathTo("uneven.npz"), {}).status()), HasSubstr("but there are 3 points"));
  }
  ASSERT_TRUE(
      WriteNpz(PathTo("column.npz"), {{"x", {{3, 1}, {1, 2, 3}, false}}, {"t", {{3, 1}, {4, 5, 6}, false}}}).ok());
  EXPECT_THAT(ReadSnapshots(PathTo("column.npz"), {})->times, ElementsAre(4, 5, 6));
}

TEST(NpzFormatTest, SinglesStaySingles) {
  for (const bool single : {false, true}) {
    SnapshotTable table;
    table.points = {1, {0.5, 1}, {}, single};
    table.times = {0, 1};
    ASSERT_TRUE(WriteSnapshots(PathTo("single.npz"), table).ok());
    EXPECT_EQ(ReadSnapshots(PathTo("single.npz"), {})->points.single, single);
  }
}

}  // namespace
}  // namespace actionmatch
