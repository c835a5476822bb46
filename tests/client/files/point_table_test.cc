#include "client/files/point_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace actionmatch {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(PointTableTest, RowsAreCountedByComponents) {
  PointTable points;
  EXPECT_EQ(points.count(), 0);
  points.dimension = 2;
  points.values = {1, 2, 3, 4, 5, 6};
  EXPECT_EQ(points.count(), 3);
}

TEST(PointTableTest, ComponentsWithoutNamesGetThem) {
  EXPECT_THAT(AxisNames({}, 3), ElementsAre("x1", "x2", "x3"));
  EXPECT_THAT(AxisNames({"a", "b"}, 2), ElementsAre("a", "b"));
}

TEST(PointTableTest, AWeightBelowZeroIsNamedByItsRow) {
  EXPECT_TRUE(CheckWeights("a.csv", "w", {0, 1, 2.5}).ok());
  EXPECT_THAT(std::string(CheckWeights("a.csv", "w", {0, -1}).message()), HasSubstr("a.csv: w is -1 in row 1"));
}

}  // namespace
}  // namespace actionmatch
