// Resampling of weighted trajectories.

#include "core/trajectory/resample.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "core/field/sample.h"
#include "core/trajectory/integrate.h"
#include "tests/core/support/small_training.h"

namespace actionmatch {
namespace {

TEST(ResampleTest, WeightsBecomeEqualAndTheirMeanStays) {
  Gaussians population;
  population.snapshots = 2;
  population.points = 300;
  Snapshots data = *Simulate(population, 5);
  TrainSpec spec = Spec();
  spec.dynamics.lambda = 1;
  spec.mass = {MassSpec::Source::kGiven, {1, 2}};
  spec.training.steps = 300;
  const auto field = Train(spec, data);
  SampleOptions options;
  const auto plain = *Sample(*field, data.at[0].points, 0, {0.5, 1}, options);
  options.resample_below = 1;
  const auto drawn = *Sample(*field, data.at[0].points, 0, {1, 0.5}, options);
  // The first frame is before any resampling; only the step sizes differ.
  for (size_t i = 0; i < 600; ++i) EXPECT_NEAR(drawn.points[1].values[i], plain.points[0].values[i], 1e-4);
  EXPECT_NEAR(std::exp(LogMeanWeight(drawn.log_weights[0])), std::exp(LogMeanWeight(plain.log_weights[1])), 0.1);
  EXPECT_GT(EffectiveSampleSize(drawn.log_weights[0]), EffectiveSampleSize(plain.log_weights[1]));
  EXPECT_FALSE(Sample(*field, data.at[0].points, 1, {0.5}, options).ok());
}

}  // namespace
}  // namespace actionmatch
