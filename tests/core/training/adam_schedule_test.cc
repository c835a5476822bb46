// Laws of the schedule: where rates begin, peak and end, and how much of the past an average keeps.

#include "core/training/adam_schedule.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>

namespace actionmatch {
namespace {

TrainingSpec Spec() {
  TrainingSpec spec;
  spec.steps = 1000;
  spec.warmup_steps = 100;
  spec.learning_rate = 2e-3;
  spec.ema_decay = 0.99;
  return spec;
}

TEST(AdamScheduleTest, TheRateRisesLinearlyThenFallsToAHundredthOfItsPeak) {
  const TrainingSpec spec = Spec();
  const auto rate = [&](int64_t step) { return ScheduleAt(spec, step).learning_rate; };
  EXPECT_DOUBLE_EQ(rate(0), spec.learning_rate / 100);
  EXPECT_DOUBLE_EQ(rate(49), spec.learning_rate / 2);
  EXPECT_DOUBLE_EQ(rate(100), spec.learning_rate);
  EXPECT_NEAR(rate(550), spec.learning_rate * 0.505, 1e-12);  // half of the cosine
  EXPECT_DOUBLE_EQ(rate(1000), spec.learning_rate * 0.01);
  EXPECT_DOUBLE_EQ(rate(5000), spec.learning_rate * 0.01);
  for (int64_t step = 1; step < 1000; ++step) {
    EXPECT_EQ(rate(step) > rate(step - 1), step <= 100 && rate(step) != rate(step - 1)) << step;
  }
}

TEST(AdamScheduleTest, WithoutWarmUpTheFirstRateIsThePeak) {
  TrainingSpec spec = Spec();
  spec.warmup_steps = 0;
  EXPECT_DOUBLE_EQ(ScheduleAt(spec, 0).learning_rate, spec.learning_rate);
}

// After t steps of the gradient 1, moments from 0 are 1 - b^t: the corrections undo that.
TEST(AdamScheduleTest, CorrectionsUndoTheStartFromZero) {
  double first = 0, second = 0;
  for (int64_t step = 0; step < 50; ++step) {
    first = kBeta1 * first + (1 - kBeta1);
    second = kBeta2 * second + (1 - kBeta2);
    const AdamSchedule schedule = ScheduleAt(Spec(), step);
    EXPECT_NEAR(first * schedule.rate, schedule.learning_rate, 1e-12);
    EXPECT_NEAR(second * schedule.correction2, 1, 1e-9);
  }
}

TEST(AdamScheduleTest, EarlyAveragesForgetSoonerAndLaterOnesAtTheirDecay) {
  const TrainingSpec spec = Spec();
  EXPECT_DOUBLE_EQ(ScheduleAt(spec, 0).share, 0.9);
  for (int64_t step = 1; step < 2000; ++step) {
    EXPECT_LE(ScheduleAt(spec, step).share, ScheduleAt(spec, step - 1).share);
  }
  EXPECT_DOUBLE_EQ(ScheduleAt(spec, 2000).share, 1 - spec.ema_decay);
}

TEST(AdamScheduleTest, DecayIsOfTheRateAndNoneUnlessAskedFor) {
  TrainingSpec spec = Spec();
  EXPECT_EQ(ScheduleAt(spec, 10).keep, 1);
  spec.weight_decay = 0.5;
  EXPECT_DOUBLE_EQ(ScheduleAt(spec, 10).keep, 1 - 0.5 * ScheduleAt(spec, 10).learning_rate);
}

TEST(AdamScheduleTest, ADivergenceNamesItsStepAndARemedyThatCanHelpThere) {
  const auto text = [](int64_t step) {
    const absl::Status diverged = Diverged(step);
    EXPECT_EQ(diverged.code(), absl::StatusCode::kInternal);
    return std::string(diverged.message());
  };
  EXPECT_NE(text(7).find("step 7"), std::string::npos);
  EXPECT_NE(text(7).find("training.learning_rate"), std::string::npos);
  EXPECT_EQ(text(0).find("training.learning_rate"), std::string::npos);
  EXPECT_NE(text(0).find("dynamics.sigma"), std::string::npos);
}

}  // namespace
}  // namespace actionmatch
