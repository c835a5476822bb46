// Training on a sampler of a known law reaches its closed-form field and minimum (arXiv 2210.06662).

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>
#include <tuple>

#include "core/calculus.h"
#include "core/objective.h"
#include "core/optimizer.h"
#include "tests/core/law_paths.h"

namespace actionmatch {
namespace {

using Form = TrainingSpec::Form;
using Head = PotentialSpec::Head;

struct LawCase {
  const char* name;
  double shift;
  double spread;
};

class GaussianLawTest : public testing::TestWithParam<std::tuple<Form, Head, LawCase>> {};

TEST_P(GaussianLawTest, TrainingReachesTheExactVelocityAndMinimum) {
  const auto [form, head, parameters] = GetParam();
  const GaussianLaw law(2, parameters.shift, parameters.spread);
  PotentialSpec spec;
  spec.hidden = {64, 64};
  spec.head = head;
  TrainingSpec training;
  training.steps = form == Form::kAction ? 1200 : 1000;
  training.learning_rate = 3e-3;
  training.ema_decay = 0.99;
  const Potential potential(spec, 2);
  Optimizer optimizer(training, potential.Initialise(1));
  PathBatch batch;
  for (int64_t step = 0; step < training.steps; ++step) {
    law.Draw(step, 1024, true, &batch);
    const at::Tensor loss = Loss(form, potential, optimizer.parameters(), batch);
    ASSERT_TRUE(optimizer.Step(loss).ok());
  }

  // Fresh samples. The conditional form's expectation is the action form's, with a far smaller variance.
  const Parameters average = optimizer.Average();
  double loss = 0, error = 0, size = 0;
  constexpr int kBatches = 50;
  for (int64_t step = 0; step < kBatches; ++step) {
    law.Draw(training.steps + step, 4096, true, &batch);
    loss += Loss(Form::kConditional, potential, average, batch).item<double>() / kBatches;
    DerivativeMask mask;
    mask.gradient = true;
    const Derivatives s =
        Differentiate(potential, average, at::tensor(batch.tau), at::tensor(batch.y).reshape({batch.rows, 2}), mask);
    const at::Tensor gradient = s.gradient.contiguous();
    for (int64_t i = 0; i < batch.rows * 2; ++i) {
      const double exact = law.Velocity(batch.tau[i / 2], batch.y[i], i % 2);
      error += std::pow(gradient.data_ptr<float>()[i] - exact, 2);
      size += exact * exact;
    }
  }
  EXPECT_NEAR(loss, law.Minimum(), 0.01 * std::abs(law.Minimum()) + 1e-3);
  EXPECT_LT(std::sqrt(error / size), form == Form::kAction ? 0.06 : 0.03);
}

INSTANTIATE_TEST_SUITE_P(Laws, GaussianLawTest,
                         testing::Combine(testing::Values(Form::kAction, Form::kConditional),
                                          testing::Values(Head::kValue, Head::kInnerProduct, Head::kQuadratic),
                                          testing::Values(LawCase{"translation", 1, 0}, LawCase{"scaling", 0, 1})));

}  // namespace
}  // namespace actionmatch
