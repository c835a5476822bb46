// How a density changes along a field.

#include "core/field/density.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "tests/core/support/small_training.h"

namespace actionmatch {
namespace {

TEST(DensityTest, TheChangeOfDensityIsThatOfTheLaw) {
  Gaussians population;
  population.snapshots = 2;
  population.points = 1500;
  const Snapshots data = *Simulate(population, 3);
  TrainSpec spec = Spec();
  spec.hold_out = {0.0, 0, {}, false};
  spec.potential.hidden = {64, 64};
  spec.training.steps = 1000;
  spec.training.batch_size = 256;
  const auto field = Train(spec, data);
  Points x{2, {}};
  for (double a : {-1.0, 0.0, 1.0}) x.Append({2 + 1.5 * a, 0.75 * a});
  const auto exact = ChangeOfDensity(*field, x, 1, 0, {});
  ASSERT_TRUE(exact.ok()) << exact.status();
  const auto gaussian = FitGaussian(data.at[0]);
  const auto start = LogDensity(*gaussian, exact->origins);
  ASSERT_TRUE(start.ok());
  for (int64_t i = 0; i < 3; ++i) {
    // N(2 e_1, 1.5^2 I) at t = 1.
    const double u = (x.row(i)[0] - 2) / 1.5, v = x.row(i)[1] / 1.5;
    const double truth = -0.5 * (u * u + v * v) - std::log(2 * 3.14159265358979 * 1.5 * 1.5);
    EXPECT_NEAR((*start)[i] + exact->log_ratio[i], truth, 0.15);
    EXPECT_NEAR(exact->origins.row(i)[0], u, 0.15);
  }
  // Forwards again: the same change, the other way round.
  const auto forth = ChangeOfDensity(*field, exact->origins, 0, 1, {});
  for (int64_t i = 0; i < 3; ++i) {
    EXPECT_NEAR(forth->log_ratio[i], -exact->log_ratio[i], 1e-3);
    EXPECT_NEAR(forth->origins.row(i)[0], x.row(i)[0], 1e-3);
  }
  // Hutchinson's estimate of a divergence in two dimensions, from many directions.
  DensityOptions options;
  options.probes = 64;
  const auto estimate = ChangeOfDensity(*field, x, 1, 0, options);
  for (int64_t i = 0; i < 3; ++i) EXPECT_NEAR(estimate->log_ratio[i], exact->log_ratio[i], 0.1);
}

// Of the row's number, not of its place in a tile, so that a request may come in parts.
TEST(DensityTest, DirectionsAreThoseOfTheRow) {
  const auto field = Train(Spec(), Data());
  Points x{2, {}};
  for (int i = 0; i < 300; ++i) x.Append({0.3, -0.2});
  DensityOptions options;
  options.probes = 1;
  const std::vector<double> all = ChangeOfDensity(*field, x, 1, 0, options)->log_ratio;
  EXPECT_FALSE(std::equal(all.begin() + 256, all.end(), all.begin()));
  x.values.resize(2 * 50);
  options.solve.first_row = 250;
  EXPECT_EQ(ChangeOfDensity(*field, x, 1, 0, options)->log_ratio, std::vector<double>(all.begin() + 250, all.end()));
}

TEST(DensityTest, WhereNoScoreIsKnownTheReasonIsGiven) {
  TrainSpec spec = Spec();
  spec.dynamics.sigma = 1;
  const auto noisy = Train(spec, Data());
  const auto refused = ChangeOfDensity(*noisy, Points{2, {0, 0}}, 1, 0, {});
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(refused.status().message()), testing::HasSubstr("no score"));
  spec = Spec();
  spec.dynamics.cost.power = 3;
  EXPECT_EQ(ChangeOfDensity(*Train(spec, Data()), Points{2, {0, 0}}, 1, 0, {}).status().code(),
            absl::StatusCode::kFailedPrecondition);
  EXPECT_FALSE(LogDensity({{0, 0}, {1, 2, 2, 1}}, Points{2, {0, 0}}).ok());  // not positive definite
}

}  // namespace
}  // namespace actionmatch
