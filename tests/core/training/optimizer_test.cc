// The optimizer's step against the formulas of adam_schedule.h, written down for one number in float64.

#include "core/training/optimizer.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "core/training/adam_schedule.h"

namespace actionmatch {
namespace {

constexpr int64_t kSize = 300000;  // of several blocks

TrainingSpec Spec() {
  TrainingSpec spec;
  spec.steps = 50;
  spec.warmup_steps = 5;
  spec.learning_rate = 0.01;
  spec.weight_decay = 0.1;
  spec.ema_decay = 0.9;
  spec.clip_norm = 1;
  return spec;
}

Parameters Initial() { return {{at::sin(at::arange(kSize, at::kFloat))}}; }

// Of norm 20 or so, and so clipped, at even steps, and of norm 0.2 at odd ones.
at::Tensor Gradient(int step) {
  return at::cos(at::arange(kSize, at::kFloat) * (step + 1)) * (step % 2 == 0 ? 0.05 : 0.0005);
}

TEST(OptimizerTest, TakesTheStepsOfTheFormula) {
  const TrainingSpec spec = Spec();
  Optimizer optimizer(spec, Initial(), 2);
  at::Tensor w = Initial().tensors[0].to(at::kDouble), average = w;
  at::Tensor m = at::zeros_like(w), v = at::zeros_like(w);
  for (int step = 0; step < 10; ++step) {
    const auto info = optimizer.Step(Gradient(step));
    ASSERT_TRUE(info.ok()) << info.status();
    const AdamSchedule schedule = ScheduleAt(spec, step);
    const at::Tensor gradient = Gradient(step).to(at::kDouble);
    const double norm = gradient.norm().item<double>();
    EXPECT_NEAR(info->gradient_norm, norm, 1e-6 * norm);
    EXPECT_EQ(info->learning_rate, schedule.learning_rate);
    EXPECT_EQ(norm > spec.clip_norm, step % 2 == 0);
    const at::Tensor g = gradient * std::min(1.0, spec.clip_norm / norm);
    m = kBeta1 * m + (1 - kBeta1) * g;
    v = kBeta2 * v + (1 - kBeta2) * g * g;
    w = schedule.keep * w - schedule.rate * m / (at::sqrt(schedule.correction2 * v) + kAdamEpsilon);
    average = average + schedule.share * (w - average);
  }
  EXPECT_EQ(optimizer.state().step, 10);
  EXPECT_LT((optimizer.state().parameters - w).abs().max().item<double>(), 1e-4);
  EXPECT_LT((optimizer.state().average - average).abs().max().item<double>(), 1e-4);
  EXPECT_GT((w - Initial().tensors[0]).abs().max().item<double>(), 1e-2);
}

TEST(OptimizerTest, TheNumberOfThreadsChangesNoBit) {
  Optimizer one(Spec(), Initial(), 1), three(Spec(), Initial(), 3);
  for (int step = 0; step < 3; ++step) {
    EXPECT_EQ(one.Step(Gradient(step))->gradient_norm, three.Step(Gradient(step))->gradient_norm);
  }
  EXPECT_TRUE(at::equal(one.state().parameters, three.state().parameters));
  EXPECT_TRUE(at::equal(one.state().average, three.state().average));
  EXPECT_TRUE(at::equal(one.state().second_moment, three.state().second_moment));
}

TEST(OptimizerTest, AGradientThatIsNotFiniteChangesNothing) {
  Optimizer optimizer(Spec(), Initial(), 1);
  ASSERT_TRUE(optimizer.Step(Gradient(0)).ok());
  const at::Tensor before = optimizer.state().parameters.clone();
  for (const float wrong : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    at::Tensor gradient = Gradient(1);
    gradient[kSize - 1] = wrong;
    EXPECT_EQ(optimizer.Step(gradient).status(), Diverged(1));
    EXPECT_EQ(optimizer.state().step, 1);
    EXPECT_TRUE(at::equal(optimizer.state().parameters, before));
  }
}

}  // namespace
}  // namespace actionmatch
