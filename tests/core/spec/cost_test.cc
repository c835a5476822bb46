#include "core/spec/cost.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace actionmatch {
namespace {

std::vector<Cost> Costs() { return {{2, 1}, {2, 2.5}, {1.5, 1}, {3, 0.4}, {1.1, 2}, {10, 1}}; }

double Kinetic(const Cost& cost, double v) { return cost.scale * std::pow(v, cost.power) / cost.power; }

// c*(p) = max_v (p v - c(v)), reached where v is the velocity.
TEST(CostTest, TheEnergyIsTheConvexConjugateAndTheVelocityReachesIt) {
  for (const Cost& cost : Costs()) {
    for (const double p : {0.3, 1.0, 2.5}) {
      const double v = cost.VelocityFactor(p * p) * p;
      const double energy = cost.Energy(p * p);
      EXPECT_NEAR(energy, p * v - Kinetic(cost, v), 1e-12 * std::max(1.0, energy)) << cost.power;
      for (const double other : {0.9 * v, 1.1 * v}) EXPECT_LT(p * other - Kinetic(cost, other), energy) << cost.power;
    }
  }
}

TEST(CostTest, TheVelocityIsTheEnergysGradient) {
  for (const Cost& cost : Costs()) {
    const double p = 0.8, h = 1e-6;
    const double slope = (cost.Energy((p + h) * (p + h)) - cost.Energy((p - h) * (p - h))) / (2 * h);
    EXPECT_NEAR(cost.VelocityFactor(p * p) * p, slope, 1e-6 * slope) << cost.power;
  }
}

// Where the derivative of the velocity has a pole.
TEST(CostTest, NothingMovesWhereTheGradientIsZero) {
  for (const Cost& cost : Costs()) {
    EXPECT_TRUE(std::isfinite(cost.VelocityFactor(0))) << cost.power;
    EXPECT_EQ(cost.Energy(0), 0) << cost.power;
  }
}

// x = c y, t = T tau, S = PotentialScale s: the velocity c/T grad c*(grad_y s) is grad c*(grad_x S).
TEST(CostTest, VelocitiesAgreeInBothUnits) {
  const double length = 3, duration = 7, p = 0.6;
  for (const Cost& cost : Costs()) {
    const double in_data = cost.PotentialScale(length, duration) * p / length;
    EXPECT_NEAR(length / duration * cost.VelocityFactor(p * p) * p, cost.VelocityFactor(in_data * in_data) * in_data,
                1e-9)
        << cost.power;
  }
}

// Tensors of one row and one component, whose operations are numbers'.
struct Operations {
  static double SquareSums(double p, bool /*keep*/) { return p * p; }
  static double AtLeast(double x, double least) { return std::max(x, least); }
  static double Power(double x, double exponent) { return std::pow(x, exponent); }
};

TEST(CostTest, TensorsAndNumbersHaveTheSameFormulas) {
  for (const Cost& cost : Costs()) {
    for (const double p : {0.0, 1e-7, 0.3, 2.5}) {
      const double velocity = cost.VelocityFactor(p * p) * p, energy = cost.Energy(p * p);
      EXPECT_NEAR(cost.Velocity<Operations>(p), velocity, 1e-14 * velocity) << cost.power;
      EXPECT_NEAR(cost.Energy<Operations>(p), energy, 1e-14 * energy) << cost.power;
    }
  }
}

}  // namespace
}  // namespace actionmatch
