// Training on a sampler of a known law reaches its closed-form field and minimum (arXiv 2210.06662), for every
// dynamics.

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>
#include <tuple>

#include "core/device/machine.h"
#include "core/loss/loss_gradient.h"
#include "core/loss/objective.h"
#include "core/potential/calculus.h"
#include "core/potential/potential_kinds.h"
#include "core/training/optimizer.h"
#include "tests/core/path/law_paths.h"

namespace actionmatch {
namespace {

using Form = TrainingSpec::Form;
using Head = PotentialSpec::Head;

struct Case {
  Law law;
  Form form;
  Head head = Head::kInnerProduct;
  int64_t steps = 1200;
  TrainingSpec::Engine engine = TrainingSpec::Engine::kFused;
  TrainingSpec::Precision precision = TrainingSpec::Precision::kFloat32;
  PotentialSpec::Kind kind = PotentialSpec::Kind::kPerceptron;
};

std::string NameOf(const testing::TestParamInfo<Case>& info) {
  const Case& c = info.param;
  const char* heads[] = {"value", "inner_product", "quadratic"};
  return std::string(c.law.name) + (c.form == Form::kAction ? "_action_" : "_conditional_") +
         (c.kind == PotentialSpec::Kind::kAffine ? "affine" : heads[static_cast<int>(c.head)]) +
         (c.engine == TrainingSpec::Engine::kFused ? "_fused_" : "_autograd_") +
         (c.precision == TrainingSpec::Precision::kBfloat16 ? "bfloat16_" : "") + std::to_string(info.index);
}

class LawTest : public testing::TestWithParam<Case> {};

TEST_P(LawTest, TrainingReachesTheExactFieldAndMinimum) {
  const Case& c = GetParam();
  const LawPath path(c.law);
  const int64_t dimension = c.law.dimension;
  PotentialSpec spec;
  spec.kind = c.kind;
  spec.hidden = {64, 64};
  spec.head = c.head;
  TrainingSpec training;
  training.steps = c.steps;
  training.learning_rate = 3e-3;
  training.ema_decay = c.kind == PotentialSpec::Kind::kAffine ? 0.998 : 0.99;
  const std::shared_ptr<const Potential> potential = MakePotential(spec, dimension);
  Optimizer optimizer(training, potential->Initialise(1), 1);
  Objective objective;
  objective.form = c.form;
  objective.dynamics = c.law.dynamics;
  PathBatch batch;
  DrawRequest request;
  request.samples = 1024;
  request.with_boundaries = c.form == Form::kAction;
  training.engine = c.engine;
  training.precision = c.precision;
  if (!CheckProcessor(training).ok()) GTEST_SKIP() << "this processor has no bfloat16 products";
  const auto loss_gradient = MakeLossGradient(training, objective, potential, request.samples, 1);
  at::Tensor gradient = at::empty_like(optimizer.state().parameters);
  for (; request.step < training.steps; ++request.step) {
    path.Draw(request, &batch);
    loss_gradient->Compute(optimizer.state().parameters, batch, request.step, {}, &gradient);
    const auto step = optimizer.Step(gradient);
    ASSERT_TRUE(step.ok()) << step.status();
  }

  // Fresh samples. The conditional form's expectation is the action form's, with a far smaller variance.
  const Parameters average = optimizer.state().Average(*potential);
  objective.form = Form::kConditional;
  request.samples = 4096;
  double loss = 0, error = 0, size = 0, growth_error = 0, growth_size = 0, rows = 0;
  constexpr int kBatches = 20;
  for (int b = 0; b < kBatches; ++b, ++request.step) {
    path.Draw(request, &batch);
    loss += Loss(objective, *potential, average, batch, 0).loss.item<double>() / kBatches;
    DerivativeMask mask;
    mask.gradient = true;
    const Derivatives s =
        Differentiate(*potential, average,
                      {at::tensor(batch.tau), at::tensor(batch.y).reshape({batch.rows, dimension}), {}, {}}, mask);
    const at::Tensor velocity = Velocity(c.law.dynamics, s.gradient).contiguous();
    const at::Tensor value = s.value.contiguous();
    for (int64_t i = 0; i < batch.rows; ++i) {
      const std::vector<double> y(batch.y.begin() + i * dimension, batch.y.begin() + (i + 1) * dimension);
      const std::vector<double> exact = c.law.velocity(batch.tau[i], y);
      for (int64_t d = 0; d < dimension; ++d) {
        error += std::pow(velocity.data_ptr<float>()[i * dimension + d] - exact[d], 2);
        size += exact[d] * exact[d];
      }
      rows += 1;
      if (!c.law.growth) continue;
      const double growth = c.law.growth(batch.tau[i], y);
      growth_error += std::pow(c.law.dynamics.lambda * value.data_ptr<float>()[i] - growth, 2);
      growth_size += growth * growth;
    }
  }
  // 1 %, or 0.01 where the truth is 0.
  EXPECT_NEAR(loss, c.law.minimum, c.law.minimum == 0 ? 0.01 : 0.01 * std::abs(c.law.minimum));
  // 3 %, or 0.03 where nothing moves.
  EXPECT_LT(std::sqrt(error / (size > 0 ? size : rows)), 0.03);
  if (c.law.growth) {
    EXPECT_LT(std::sqrt(growth_error / growth_size), 0.03);
  }
}

std::vector<Case> Cases() {
  std::vector<Case> cases;
  for (Head head : {Head::kValue, Head::kInnerProduct, Head::kQuadratic}) {
    for (const auto& [shift, spread] : {std::pair{1.0, 0.0}, {0.0, 1.0}}) {
      cases.push_back({GaussianLaw(2, shift, spread), Form::kConditional, head, 1000});
      cases.push_back({GaussianLaw(2, shift, spread), Form::kAction, head, 1000});
    }
  }
  for (Form form : {Form::kConditional, Form::kAction}) {
    cases.push_back({BrownianLaw(2, 1), form, Head::kInnerProduct, 1000});
    cases.push_back({OrnsteinUhlenbeckLaw(2, 1, 0.7, 1.5), form, Head::kInnerProduct, 1000});
    // The boundaries of a law with masses are drawn apart, which costs the action form its small variance.
    cases.push_back({GrowthLaw(1, 1), form, Head::kInnerProduct, form == Form::kAction ? 2000 : 800});
    cases.push_back({CostLaw(2, 2, 1, 2.5), form, Head::kInnerProduct, 1000});
    // Velocities that are powers of the gradient: the network needs longer.
    cases.push_back({CostLaw(1, 3, 1), form, Head::kInnerProduct, 2500});
    cases.push_back({CostLaw(2, 1.5, 1), form, Head::kInnerProduct, form == Form::kAction ? 4000 : 2500});
  }
  // Each law on the reference too, whose gradients fused_loss_test holds equal in either form.
  const size_t fused = cases.size();
  for (size_t i = 0; i < fused; ++i) {
    if (cases[i].head != Head::kInnerProduct || cases[i].form != Form::kConditional) continue;
    cases.push_back(cases[i]);
    cases.back().engine = TrainingSpec::Engine::kAutograd;
  }
  // And with rounded products.
  for (size_t i = 0; i < fused; ++i) {
    if (cases[i].head != Head::kInnerProduct) continue;
    cases.push_back(cases[i]);
    cases.back().precision = TrainingSpec::Precision::kBfloat16;
  }
  // The affine potential, on each law whose field it can express: Gaussians that move, spread, diffuse and revert, and
  // a scaled quadratic cost. Two clusters that grow, and costs of other powers, are none of these.
  for (Form form : {Form::kConditional, Form::kAction}) {
    for (const Law& law : {GaussianLaw(2, 1, 0), GaussianLaw(2, 0, 1), BrownianLaw(2, 1),
                           OrnsteinUhlenbeckLaw(2, 1, 0.7, 1.5), CostLaw(2, 2, 1, 2.5)}) {
      cases.push_back({law, form, Head::kInnerProduct, form == Form::kAction ? 3000 : 1500,
                       TrainingSpec::Engine::kAutograd, TrainingSpec::Precision::kFloat32,
                       PotentialSpec::Kind::kAffine});
    }
  }
  return cases;
}

INSTANTIATE_TEST_SUITE_P(Laws, LawTest, testing::ValuesIn(Cases()), NameOf);

}  // namespace
}  // namespace actionmatch
