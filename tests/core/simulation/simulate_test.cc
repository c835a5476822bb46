#include "core/simulation/simulate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace actionmatch {
namespace {

TEST(SimulateTest, TheSameSeedGivesTheSamePoints) {
  EXPECT_EQ(Simulate(Branching(), 1)->at[2].points.values, Simulate(Branching(), 1)->at[2].points.values);
  EXPECT_NE(Simulate(Branching(), 1)->at[2].points.values, Simulate(Branching(), 2)->at[2].points.values);
}

TEST(SimulateTest, ItEndsWithinATimeStepWhenItIsAskedTo) {
  int left = 3;
  ThreeGene many;
  many.snapshots = 2;
  many.points = 20000;
  many.interval = 0.05;
  EXPECT_TRUE(absl::IsCancelled(
      Simulate(many, 0, [&] { return left-- > 0 ? absl::OkStatus() : absl::CancelledError("enough"); }).status()));
}

TEST(SimulateTest, BadParametersAreNamed) {
  Gaussians population;
  population.points = 0;
  EXPECT_THAT(std::string(Simulate(population, 0).status().message()), testing::HasSubstr("points must be 1 to"));
  Branching branching;
  branching.noise = std::nan("");
  EXPECT_THAT(std::string(Simulate(branching, 0).status().message()), testing::HasSubstr("noise"));
  branching = Branching();
  for (const std::vector<double>& growth : {std::vector<double>{1}, {0, 11}, {0, std::nan("")}, {-9, -9}, {9, 9}}) {
    branching.growth = growth;
    const auto status = Simulate(branching, 0).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(status.message()),
                testing::AnyOf(testing::HasSubstr("growth"), testing::HasSubstr("points")));
  }
}

}  // namespace
}  // namespace actionmatch
