#include "core/metrics/distances.h"

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

TEST(MetricsTest, MmdNeedsTwoPointsOfPositiveWeightOnEachSide) {
  WeightedPoints one = Normal(3, 0, 0);
  one.weights = {0, 2, 0};
  EXPECT_EQ(Mmd2(one, Normal(5, 1, 0), 1).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Mmd2(Normal(5, 1, 0), one, 1).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(MetricsTest, SlicedDistancesRefuseWhatExactOnesRefuse) {
  const auto code = [](const std::vector<double>& values, const std::vector<double>& weights) {
    const WeightedPoints points{Points{1, values}, weights};
    const WeightedPoints other{Points{1, {1, 2, 4}}, {}};
    EXPECT_EQ(SlicedWasserstein(points, other).status().code(), Wasserstein2(points, other).status().code());
    EXPECT_EQ(SlicedWasserstein(other, points).status().code(), Wasserstein2(other, points).status().code());
    return SlicedWasserstein(points, other).status().code();
  };
  EXPECT_EQ(code({0, 1, 2}, {1, 2, 3}), absl::StatusCode::kOk);
  EXPECT_EQ(code({0, 1, 2}, {1e308, 1e308, 1e308}), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(code({0, 1, 2}, {1, -0.5, 3}), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(code({0, 1, 2}, {1, 2}), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(code({0, 1, 1e200}, {}), absl::StatusCode::kInvalidArgument);
}

WeightedPoints Cloud(int64_t n, int64_t dimension, uint64_t seed) {
  Random random(seed, RandomStream::kSimulate);
  WeightedPoints cloud{{dimension, {}}, {}};
  for (int64_t i = 0; i < n * dimension; ++i) cloud.points.values.push_back(random.Normal());
  return cloud;
}

// |shift| E|u_1| with u uniform on the sphere: Gamma(D/2) / (sqrt(pi) Gamma((D+1)/2)). Within whole groups of
// orthonormal directions the squares add up to |shift|^2 exactly.
TEST(MetricsTest, SlicedDistancesOfATranslationAreItsLengthTimesTheMeanCosine) {
  for (int64_t dimension : {2, 4, 16}) {
    const WeightedPoints a = Cloud(50, dimension, 1);
    WeightedPoints b = a;
    for (int64_t i = 0; i < 50; ++i) {
      b.points.row(i)[0] += 3;
      b.points.row(i)[1] -= 4;
    }
    const double half = static_cast<double>(dimension) / 2;
    const double cosine = std::tgamma(half) / (std::sqrt(M_PI) * std::tgamma(half + 0.5));
    const SlicedDistances sliced = *SlicedWasserstein(a, b);
    EXPECT_NEAR(sliced.w1, 5 * cosine, 0.03 * 5 * cosine) << dimension;
    EXPECT_NEAR(sliced.w2, 5 / std::sqrt(static_cast<double>(dimension)), 1e-9) << dimension;
  }
}

TEST(MetricsTest, SlicedDistancesOnALineAreTheExactOnes) {
  WeightedPoints a = Cloud(40, 1, 1), b = Cloud(25, 1, 2);
  Random random(3, RandomStream::kSimulate);
  for (int i = 0; i < 40; ++i) a.weights.push_back(random.Uniform());
  const SlicedDistances sliced = *SlicedWasserstein(a, b);
  EXPECT_NEAR(sliced.w1, Wasserstein1(a, b)->value, 1e-6);
  EXPECT_NEAR(sliced.w2, Wasserstein2(a, b)->value, 1e-6);
}

TEST(MetricsTest, SlicedDistancesAreBoundedByTheExactOnes) {
  const WeightedPoints a = Cloud(60, 3, 1);
  WeightedPoints b = Cloud(80, 3, 2);
  for (double& x : b.points.values) x = 2 * x + 1;
  const SlicedDistances sliced = *SlicedWasserstein(a, b);
  EXPECT_LT(sliced.w1, 1.03 * 0.5 * Wasserstein1(a, b)->value);  // E|u_1| = 1/2 in three dimensions
  EXPECT_LT(sliced.w2, 1.03 * Wasserstein2(a, b)->value / std::sqrt(3.0));
  EXPECT_GT(sliced.w1, 0.3 * Wasserstein1(a, b)->value);
  EXPECT_EQ(SlicedWasserstein(a, a)->w2, 0);
}

TEST(MetricsTest, SlicedDistancesIgnoreTheOrderOfPointsAndTakeWeightsAsCopies) {
  const WeightedPoints a = Cloud(30, 3, 1), b = Cloud(20, 3, 2);
  WeightedPoints weighted = a, replicated, turned;
  replicated.points.dimension = turned.points.dimension = 3;
  for (int64_t i = 0; i < 30; ++i) {
    const int64_t copies = i % 3;  // 0 too: a point of no weight is not there
    weighted.weights.push_back(static_cast<double>(copies));
    for (int64_t c = 0; c < copies; ++c) replicated.points.Append(a.points.row(i));
    turned.points.Append(a.points.row(29 - i));
  }
  const SlicedDistances once = *SlicedWasserstein(weighted, b);
  EXPECT_NEAR(once.w1, SlicedWasserstein(replicated, b)->w1, 1e-12);
  EXPECT_NEAR(once.w2, SlicedWasserstein(b, replicated)->w2, 1e-12);
  EXPECT_GT(std::abs(once.w1 - SlicedWasserstein(a, b)->w1), 1e-3);
  EXPECT_NEAR(SlicedWasserstein(turned, b)->w1, SlicedWasserstein(a, b)->w1, 1e-12);
}

TEST(MetricsTest, SlicedDistancesNeedPointsOfOneDimensionAndWeight) {
  const auto code = [](const WeightedPoints& a, const WeightedPoints& b) {
    return SlicedWasserstein(a, b).status().code();
  };
  EXPECT_EQ(code(Cloud(2, 2, 0), Cloud(2, 3, 0)), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(code(Cloud(0, 2, 0), Cloud(2, 2, 0)), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(code({Cloud(2, 2, 0).points, {0, 0}}, Cloud(2, 2, 0)), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace actionmatch
