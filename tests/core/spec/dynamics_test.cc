#include "core/spec/dynamics.h"

#include <gtest/gtest.h>

#include <cmath>

namespace actionmatch {
namespace {

Dynamics Annealed() {
  Dynamics dynamics;
  dynamics.sigma = 0.5;
  dynamics.sigma_end = 2;
  return dynamics;
}

TEST(DynamicsTest, TheVarianceIsTheIntegralOfSigmaSquared) {
  const Dynamics dynamics = Annealed();
  EXPECT_EQ(dynamics.Sigma(0), 0.5);
  EXPECT_EQ(dynamics.Sigma(1), 2);
  constexpr int kCells = 1000;
  double sum = 0;
  for (int i = 0; i < kCells; ++i) {
    const double tau = (i + 0.5) / kCells;
    sum += dynamics.Sigma(tau) * dynamics.Sigma(tau) / kCells;
    EXPECT_NEAR(dynamics.Variance((i + 1.0) / kCells), sum, 1e-6);
  }
}

TEST(DynamicsTest, TheSlopeIsTheDerivativeOfTheTimeWeight) {
  Dynamics dynamics;
  dynamics.time_weight = {1, -0.5, 2, 0.25};
  for (const double tau : {0.0, 0.3, 0.9}) {
    const double exact = 1 - 0.5 * tau + 2 * tau * tau + 0.25 * tau * tau * tau;
    EXPECT_NEAR(dynamics.TimeWeight(tau), exact, 1e-14);
    const double slope = (dynamics.TimeWeight(tau + 1e-5) - dynamics.TimeWeight(tau - 1e-5)) / 2e-5;
    EXPECT_NEAR(dynamics.TimeWeightSlope(tau), slope, 1e-8);
  }
}

// A Brownian path of sigma in data units, over the whole duration, spreads as far as one of the standardised sigma over
// tau from 0 to 1.
TEST(DynamicsTest, StandardisedNoiseSpreadsAsFarInItsUnits) {
  const double scale = 3, duration = 7;
  const Dynamics standardised = Annealed().Standardised(scale, duration);
  EXPECT_NEAR(standardised.Variance(1) * scale * scale, Annealed().Variance(1) * duration, 1e-12);
  EXPECT_FALSE(Dynamics().Standardised(scale, duration).sigma_end.has_value());
}

TEST(DynamicsTest, NoiseAtEitherEndIsNoise) {
  Dynamics dynamics;
  EXPECT_FALSE(dynamics.HasNoise());
  dynamics.sigma_end = 0.1;
  EXPECT_TRUE(dynamics.HasNoise());
}

}  // namespace
}  // namespace actionmatch
