#include <gtest/gtest.h>

#include <cmath>

#include "core/simulation/simulate.h"

namespace actionmatch {
namespace {

TEST(OrnsteinUhlenbeckTest, TheOrnsteinUhlenbeckProcessHasItsMoments) {
  OrnsteinUhlenbeck population;
  population.points = 20000;
  population.duration = 2;
  const Snapshots data = *Simulate(population, 4);
  for (const Snapshot& s : data.at) {
    double mean = 0, squares = 0;
    for (int64_t i = 0; i < 20000; ++i) mean += s.points.row(i)[0] / 20000;
    for (int64_t i = 0; i < 20000; ++i) squares += std::pow(s.points.row(i)[0] - mean, 2) / 20000;
    const double left = std::exp(-s.time);
    EXPECT_NEAR(mean, 2 * left, 0.03);
    EXPECT_NEAR(squares, 0.25 * left * left + 0.5 * (1 - left * left), 0.02);
  }
}

}  // namespace
}  // namespace actionmatch
