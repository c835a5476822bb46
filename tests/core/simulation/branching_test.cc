#include <gtest/gtest.h>

#include <cmath>

#include "core/simulation/simulate.h"

namespace actionmatch {
namespace {

TEST(BranchingTest, BranchesPart) {
  const Snapshots data = *Simulate(Branching(), 4);
  EXPECT_EQ(data.at.back().time, 4);
  const auto second = [](const Snapshot& s) {
    double squares = 0;
    for (int64_t i = 0; i < s.points.count(); ++i) squares += std::pow(s.points.row(i)[1], 2);
    return std::sqrt(squares / static_cast<double>(s.points.count()));
  };
  EXPECT_NEAR(second(data.at.front()), 0.25, 0.05);
  EXPECT_NEAR(second(data.at.back()), std::hypot(4 * std::pow(2.0 / 3, 1.5), 0.25), 0.05);
}

// Counts are the exact mass, of the whole and of each branch, within a branch's binomial scatter.
TEST(BranchingTest, BranchesGrowAtTheirRatesAndCountsAreTheMass) {
  Branching population;
  population.points = 6000;
  population.branches = 3;
  population.noise = 0.05;
  population.growth = {0.4, 0, -0.3};
  EXPECT_NEAR(RelativeMass(population, 4), (std::exp(1.6) + 1 + std::exp(-1.2)) / 3, 1e-12);
  const Snapshots data = *Simulate(population, 4);
  for (const Snapshot& s : data.at) {
    EXPECT_EQ(s.points.count(), std::llround(6000 * RelativeMass(population, s.time))) << s.time;
    if (s.time < 3) continue;  // before, branches are not told apart
    const double away = 4 * std::pow(s.time / 4 - 1.0 / 3, 1.5);
    for (int b = 0; b < 3; ++b) {
      double cells = 0;
      for (int64_t i = 0; i < s.points.count(); ++i) cells += std::abs(s.points.row(i)[1] - (b - 1) * away) < away / 2;
      const double exact = 2000 * std::exp(population.growth[b] * s.time);
      EXPECT_NEAR(cells, exact, 5 * std::sqrt(exact)) << "branch " << b << " at " << s.time;
    }
  }
  // Rates of 0 are no growth.
  population.growth = {0, 0, 0};
  const Snapshots resting = *Simulate(population, 4);
  population.growth = {};
  EXPECT_EQ(resting.at[4].points.values, Simulate(population, 4)->at[4].points.values);
}

}  // namespace
}  // namespace actionmatch
