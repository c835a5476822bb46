#include "core/metrics.h"

#include <gtest/gtest.h>

#include <cmath>

#include "core/random.h"

namespace actionmatch {
namespace {

WeightedPoints Normal(int64_t n, uint64_t seed, double shift) {
  Random random(seed, RandomStream::kSimulate);
  Points points{1, {}};
  for (int64_t i = 0; i < n; ++i) points.values.push_back(random.Normal() + shift);
  return {points, {}};
}

// For N(0,1) against N(m,1) and kernel exp(-r^2/(2h^2)): 2 h/sqrt(h^2+2) (1 - exp(-m^2 / (2(h^2+2)))).
TEST(MetricsTest, MmdIsUnbiasedForItsClosedForm) {
  for (double shift : {0.0, 1.0}) {
    constexpr int kRepeats = 400;
    constexpr double kBandwidth = 1.5;
    double sum = 0, squares = 0;
    for (int r = 0; r < kRepeats; ++r) {
      const double value = *Mmd2(Normal(20, 2 * r, 0), Normal(15, 2 * r + 1, shift), kBandwidth);
      sum += value;
      squares += value * value;
    }
    const double mean = sum / kRepeats;
    const double error = std::sqrt((squares / kRepeats - mean * mean) / kRepeats);
    const double h2 = kBandwidth * kBandwidth + 2;
    const double exact = 2 * kBandwidth / std::sqrt(h2) * (1 - std::exp(-shift * shift / (2 * h2)));
    EXPECT_NEAR(mean, exact, 4 * error) << shift;
  }
}

TEST(MetricsTest, MedianDistanceOfTwoPointsIsTheirDistance) {
  EXPECT_DOUBLE_EQ(MedianDistance({Points{2, {0, 0}}, {}}, {Points{2, {3, 4}}, {}}), 5);
  EXPECT_DOUBLE_EQ(MedianDistance({Points{2, {1, 1}}, {}}, {Points{2, {1, 1}}, {}}), 1);
}

TEST(MetricsTest, MmdNeedsTwoPointsOnEachSide) {
  EXPECT_EQ(Mmd2(Normal(1, 0, 0), Normal(5, 1, 0), 1).status().code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace actionmatch
