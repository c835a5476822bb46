#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "core/simulation/simulate.h"

namespace actionmatch {
namespace {

TEST(ThreeGeneTest, OneClusterOfGenesDividesAndTheOtherRests) {
  const Snapshots data = *Simulate(ThreeGene(), 0);
  ASSERT_EQ(data.at.size(), 5u);
  int64_t before = 0;
  for (const Snapshot& s : data.at) {
    int64_t resting = 0;
    for (int64_t i = 0; i < s.points.count(); ++i) resting += s.points.row(i)[2] > 1;
    EXPECT_NEAR(resting, 200, 10) << s.time;
    EXPECT_GE(s.points.count(), before);
    before = s.points.count();
  }
  EXPECT_GT(before, 700);
  ThreeGene wild;
  wild.division = 5;
  EXPECT_EQ(Simulate(wild, 0).status().code(), absl::StatusCode::kResourceExhausted);
}

TEST(ThreeGeneTest, DaysOfStepsAreRefused) {
  ThreeGene population;
  population.snapshots = 1000;
  population.points = 33000;
  population.interval = 1e4;
  const absl::Status status = Simulate(population, 0).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()),
              testing::AllOf(testing::HasSubstr("snapshots"), testing::HasSubstr("interval"),
                             testing::HasSubstr("points"), testing::HasSubstr("1e+10")));
}

}  // namespace
}  // namespace actionmatch
