#include "core/simulation/simulate.h"

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

// Counts are the exact mass, of the whole and of each branch, within a branch's binomial scatter.
TEST(SimulateTest, BranchesGrowAtTheirRatesAndCountsAreTheMass) {
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

TEST(SimulateTest, TheOrnsteinUhlenbeckProcessHasItsMoments) {
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

TEST(SimulateTest, OneClusterOfGenesDividesAndTheOtherRests) {
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

// The particles stay samples of |psi_t|^2, whose second moments rotate with the phase: drawn at time 0 by Metropolis,
// and moved there by the field, they must agree with the density's own moments by quadrature.
TEST(SimulateTest, HydrogensParticlesKeepItsDensity) {
  Hydrogen population;
  population.snapshots = 6;
  population.points = 4000;
  const Snapshots data = *Simulate(population, 1);
  const double a = 4 * 3.14159265358979, w = -1 / (2 * a * a) * (1.0 / 9 - 1.0 / 4);
  const double n3 = 4 / (81 * std::sqrt(30.0)) * std::pow(a, -3.5) * std::sqrt(15 / (8 * 3.14159265358979));
  const double n2 = 1 / (2 * std::sqrt(6.0)) * std::pow(a, -2.5) * std::sqrt(3 / (4 * 3.14159265358979));
  for (const Snapshot& s : data.at) {
    const double phase = 14000 * s.time * w;
    double mass = 0, mx = 0, my = 0, mz2 = 0;
    const double h = 6;
    for (double x = -300; x <= 300; x += h) {
      for (double y = -300; y <= 300; y += h) {
        for (double z = h / 2; z <= 300; z += h) {
          const double r = std::sqrt(x * x + y * y + z * z);
          const double A = n3 * std::exp(-r / (3 * a)), B = n2 * std::exp(-r / (2 * a));
          // |A (x - iy) e^(-i phase) + B|^2 z^2
          const double density =
              z * z * (A * A * (x * x + y * y) + B * B + 2 * A * B * (x * std::cos(phase) - y * std::sin(phase)));
          mass += density;
          mx += density * x;
          my += density * y;
          mz2 += density * z * z;
        }
      }
    }
    EXPECT_NEAR(mass * h * h * h, 1, 0.01);  // |psi|^2 = density / 2, over both signs of z
    double sx = 0, sy = 0, sz2 = 0;
    for (int64_t i = 0; i < 4000; ++i) {
      sx += s.points.row(i)[0] / 4000;
      sy += s.points.row(i)[1] / 4000;
      sz2 += std::pow(s.points.row(i)[2], 2) / 4000;
    }
    // Standard deviations of a component are about 60 and of z^2 about 8000.
    EXPECT_NEAR(sx, mx / mass, 5 * 60 / std::sqrt(4000.0)) << s.time;
    EXPECT_NEAR(sy, my / mass, 5 * 60 / std::sqrt(4000.0)) << s.time;
    EXPECT_NEAR(sz2, mz2 / mass, 5 * 8000 / std::sqrt(4000.0)) << s.time;
  }
}

TEST(SimulateTest, TheSameSeedGivesTheSamePoints) {
  EXPECT_EQ(Simulate(Branching(), 1)->at[2].points.values, Simulate(Branching(), 1)->at[2].points.values);
  EXPECT_NE(Simulate(Branching(), 1)->at[2].points.values, Simulate(Branching(), 2)->at[2].points.values);
}

TEST(SimulateTest, EveryPopulationEndsWhenItIsAskedTo) {
  const BeforeDraw stop = [] { return absl::CancelledError("enough"); };
  EXPECT_TRUE(absl::IsCancelled(Simulate(Gaussians(), 0, stop).status()));
  EXPECT_TRUE(absl::IsCancelled(Simulate(Branching(), 0, stop).status()));
  EXPECT_TRUE(absl::IsCancelled(Simulate(OrnsteinUhlenbeck(), 0, stop).status()));
  EXPECT_TRUE(absl::IsCancelled(Simulate(ThreeGene(), 0, stop).status()));
  EXPECT_TRUE(absl::IsCancelled(Simulate(Hydrogen(), 0, stop).status()));
  // Within a time step too.
  int left = 3;
  ThreeGene many;
  many.snapshots = 2;
  many.points = 20000;
  many.interval = 0.05;
  EXPECT_TRUE(absl::IsCancelled(
      Simulate(many, 0, [&] { return left-- > 0 ? absl::OkStatus() : absl::CancelledError("enough"); }).status()));
}

TEST(SimulateTest, DaysOfStepsAreRefused) {
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
