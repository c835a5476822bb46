#include "core/simulate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace actionmatch {
namespace {

TEST(SimulateTest, GaussiansHaveTheMeanAndSpreadOfTheirLaw) {
  Gaussians population;
  population.dimension = 3;
  population.points = 20000;
  const Snapshots data = *Simulate(population, 4);
  ASSERT_EQ(data.at.size(), 5u);
  for (const Snapshot& s : data.at) {
    const double deviation = 1 + s.time * population.spread;
    for (int d = 0; d < 3; ++d) {
      double sum = 0, squares = 0;
      for (int64_t i = 0; i < s.points.count(); ++i) {
        const double x = s.points.row(i)[d] - (d == 0 ? s.time * population.shift : 0);
        sum += x;
        squares += x * x;
      }
      const double error = 5 * deviation / std::sqrt(20000.0);
      EXPECT_NEAR(sum / 20000, 0, error);
      EXPECT_NEAR(std::sqrt(squares / 20000), deviation, error);
    }
  }
}

TEST(SimulateTest, BranchesPart) {
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

TEST(SimulateTest, TheSameSeedGivesTheSamePoints) {
  EXPECT_EQ(Simulate(Branching(), 1)->at[2].points.values, Simulate(Branching(), 1)->at[2].points.values);
  EXPECT_NE(Simulate(Branching(), 1)->at[2].points.values, Simulate(Branching(), 2)->at[2].points.values);
}

TEST(SimulateTest, BadParametersAreNamed) {
  Gaussians population;
  population.points = 0;
  EXPECT_THAT(std::string(Simulate(population, 0).status().message()), testing::HasSubstr("points must be 1 to"));
  Branching branching;
  branching.noise = std::nan("");
  EXPECT_THAT(std::string(Simulate(branching, 0).status().message()), testing::HasSubstr("noise"));
}

}  // namespace
}  // namespace actionmatch
