#include <gtest/gtest.h>

#include <cmath>

#include "core/simulation/simulate.h"

namespace actionmatch {
namespace {

TEST(GaussiansTest, GaussiansHaveTheMeanAndSpreadOfTheirLaw) {
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

}  // namespace
}  // namespace actionmatch
