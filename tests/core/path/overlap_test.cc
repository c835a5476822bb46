#include "core/path/overlap.h"

#include <gtest/gtest.h>

#include "tests/core/support/small_paths.h"

namespace actionmatch {
namespace {

class OverlapInDimensionTest : public testing::TestWithParam<int> {};

TEST_P(OverlapInDimensionTest, ItIsOneForOneLawAndSmallForCloudsApart) {
  const Snapshots same = SteppingData(GetParam(), 0), apart = SteppingData(GetParam(), 4);
  EXPECT_NEAR(Overlap(same.at[0].points, same.at[1].points), 1, 0.1);
  EXPECT_LT(Overlap(apart.at[0].points, apart.at[1].points), 0.4);
}

INSTANTIATE_TEST_SUITE_P(Dimensions, OverlapInDimensionTest, testing::Values(2, 10, 50));

// Two parts that move away from each other leave the mean where it is, and a wide whole behind.
TEST(OverlapTest, PartsThatMoveAreSeen) {
  Points before = SteppingData(3, 0).at[0].points, after = SteppingData(3, 0).at[1].points;
  for (int64_t i = 0; i < before.count(); ++i) {
    const double side = i % 2 == 0 ? 1 : -1;
    before.row(i)[0] += 20 * side;
    after.row(i)[0] += 20 * side;
    after.row(i)[1] += 5 * side;
  }
  EXPECT_LT(Overlap(before, after), 0.25);
}

TEST(OverlapTest, EqualPointsCountOnBothSides) {
  const Points same{1, std::vector<double>(50, 3.0)};
  EXPECT_NEAR(Overlap(same, same), 1, 1e-9);
  EXPECT_EQ(Overlap(Points{1, {0}}, Points{1, {0}}), 0);
}

TEST(OverlapTest, TheLeastIsThatOfTheNeighboursFurthestApart) {
  Snapshots data = SteppingData(2, 0.1);
  data.at.resize(3);
  for (int64_t i = 0; i < data.at[2].points.count(); ++i) data.at[2].points.row(i)[0] += 100;
  EXPECT_EQ(LeastOverlap(data), Overlap(data.at[1].points, data.at[2].points));
  EXPECT_LT(LeastOverlap(data), Overlap(data.at[0].points, data.at[1].points));
}

}  // namespace
}  // namespace actionmatch
