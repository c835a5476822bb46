#include "client/files/array_points.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

namespace actionmatch {
namespace {

using ::testing::HasSubstr;

TEST(ArrayPointsTest, RowsAndComponentsBecomePoints) {
  const absl::StatusOr<PointTable> points = ToPoints("a.npy", "x", {{2, 3}, {1, 2, 3, 4, 5, 6}, true});
  ASSERT_TRUE(points.ok()) << points.status();
  EXPECT_EQ(points->count(), 2);
  EXPECT_EQ(points->dimension, 3);
  EXPECT_TRUE(points->single);
  EXPECT_EQ(points->values, (std::vector<double>{1, 2, 3, 4, 5, 6}));
}

TEST(ArrayPointsTest, OtherShapesAreRefusedByTheirNames) {
  for (const std::vector<int64_t>& shape : {std::vector<int64_t>{}, {4}, {0, 2}, {2, 0}, {1, 2, 2}}) {
    size_t count = 1;
    for (const int64_t length : shape) count *= length;
    const absl::Status status = ToPoints("a.npy", "x", {shape, std::vector<double>(count), false}).status();
    EXPECT_TRUE(absl::IsInvalidArgument(status));
    EXPECT_THAT(std::string(status.message()), HasSubstr("a.npy: x has shape ("));
  }
}

TEST(ArrayPointsTest, AnElementThatIsNotFiniteIsNamedByRowAndColumn) {
  for (const double wrong : {std::numeric_limits<double>::infinity(), std::numeric_limits<double>::quiet_NaN()}) {
    const absl::Status status = ToPoints("a.npy", "x", {{2, 2}, {1, 2, wrong, 4}, false}).status();
    EXPECT_THAT(std::string(status.message()), HasSubstr("x is not finite in row 1, column 0"));
    EXPECT_THAT(std::string(CheckFinite("a.npy", "t", {{3}, {1, 2, wrong}, false}).message()), HasSubstr("row 2"));
  }
}

}  // namespace
}  // namespace actionmatch
