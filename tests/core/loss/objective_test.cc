#include "core/loss/objective.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include <cmath>

#include "core/potential/calculus.h"
#include "core/potential/perceptron.h"
#include "tests/core/path/law_paths.h"

namespace actionmatch {
namespace {

using Form = TrainingSpec::Form;
using Head = PotentialSpec::Head;

PotentialSpec Spec(Head head) {
  PotentialSpec spec;
  spec.hidden = {16, 16};
  spec.head = head;
  spec.time_features = 1;
  return spec;
}

Parameters Double(const Parameters& parameters, bool with_grad = false) {
  Parameters out;
  for (const at::Tensor& t : parameters.tensors) out.tensors.push_back(t.to(at::kDouble).requires_grad_(with_grad));
  return out;
}

class HeadTest : public testing::TestWithParam<Head> {};

TEST_P(HeadTest, DerivativesAgreeWithFiniteDifferences) {
  const Perceptron potential(Spec(GetParam()), 3);
  const Parameters parameters = Double(potential.Initialise(1));
  const at::Tensor tau = at::linspace(0.1, 0.9, 5, at::kDouble);
  const at::Tensor y = at::sin(at::arange(15, at::kDouble)).reshape({5, 3});
  DerivativeMask mask;
  mask.gradient = mask.d_tau = mask.laplacian = true;
  const Derivatives exact = Differentiate(potential, parameters, {tau, y, {}, {}}, mask);
  const auto value = [&](const at::Tensor& t, const at::Tensor& x) {
    return potential.Value(parameters, {t, x, {}, {}});
  };
  constexpr double h = 1e-4;
  at::Tensor laplacian = at::zeros({5}, at::kDouble);
  for (int64_t d = 0; d < 3; ++d) {
    at::Tensor step = at::zeros({5, 3}, at::kDouble);
    step.select(1, d).fill_(h);
    const at::Tensor up = value(tau, y + step), down = value(tau, y - step);
    EXPECT_LT(((up - down) / (2 * h) - exact.gradient.select(1, d)).abs().max().item<double>(), 1e-7);
    laplacian += (up + down - 2 * exact.value) / (h * h);
  }
  EXPECT_LT((laplacian - exact.laplacian).abs().max().item<double>(), 1e-5);
  const at::Tensor slope = (value(tau + h, y) - value(tau - h, y)) / (2 * h);
  EXPECT_LT((slope - exact.d_tau).abs().max().item<double>(), 1e-6);
}

// Every mix of the dynamics, in both forms, and laws that they fit or not: both only have to agree.
std::vector<std::pair<const char*, Dynamics>> Mixes() {
  std::vector<std::pair<const char*, Dynamics>> mixes(8);
  mixes[0].first = "action matching";
  mixes[1] = {"entropic, annealed", {}};
  mixes[1].second.sigma = 0.8;
  mixes[1].second.sigma_end = 0.2;
  mixes[2] = {"unbalanced", {}};
  mixes[2].second.lambda = 0.7;
  mixes[3] = {"cost 1.5", {}};
  mixes[3].second.cost.power = 1.5;
  mixes[3].second.cost.scale = 2;
  mixes[4] = {"weighted", {}};
  mixes[4].second.time_weight = {1, 0.5, -1.5};
  mixes[5] = {"all at once", {}};
  mixes[5].second = mixes[2].second;
  mixes[5].second.sigma = 0.6;
  mixes[5].second.cost.power = 3;
  mixes[5].second.time_weight = {1, -1};
  mixes[6] = {"scaled quadratic", {}};
  mixes[6].second.cost.scale = 2.5;
  mixes[7] = {"scaled quadratic with growth", {}};
  mixes[7].second.cost.scale = 0.4;
  mixes[7].second.lambda = 0.7;
  return mixes;
}

Law LawFor(const Dynamics& dynamics) { return dynamics.lambda > 0 ? GrowthLaw(0.7, 0.5) : GaussianLaw(1, 1, 0.5); }

PathBatch DrawBatch(const Law& law, int64_t step, int samples) {
  PathBatch batch;
  DrawRequest request;
  request.step = step;
  request.samples = samples;
  request.with_boundaries = true;
  LawPath(law).Draw(request, &batch);
  return batch;
}

at::Tensor LossOf(Form form, const Dynamics& dynamics, const Potential& potential, const Parameters& parameters,
                  const PathBatch& batch, int probes = 0) {
  Objective objective;
  objective.form = form;
  objective.dynamics = dynamics;
  objective.laplacian_probes = probes;
  return Loss(objective, potential, parameters, batch, 0).loss;
}

bool Fits(Head head, const Dynamics& dynamics) { return head != Head::kQuadratic || dynamics.lambda == 0; }

// The parameters' gradient of the loss against finite differences along a direction.
TEST_P(HeadTest, LossGradientsAgreeWithFiniteDifferences) {
  const Perceptron potential(Spec(GetParam()), 1);
  for (const auto& [name, dynamics] : Mixes()) {
    if (!Fits(GetParam(), dynamics)) continue;
    const PathBatch batch = DrawBatch(LawFor(dynamics), 0, 64);
    for (Form form : {Form::kAction, Form::kConditional}) {
      const Parameters parameters = Double(potential.Initialise(2), true);
      const auto gradient = torch::autograd::grad({LossOf(form, dynamics, potential, parameters, batch)},
                                                  parameters.tensors, {}, false, false, /*allow_unused=*/true);
      const Parameters direction = Double(potential.Initialise(3));
      const auto at_distance = [&](double h) {
        Parameters moved;
        for (size_t i = 0; i < direction.tensors.size(); ++i) {
          moved.tensors.push_back(parameters.tensors[i].detach() + h * direction.tensors[i]);
        }
        return LossOf(form, dynamics, potential, moved, batch).item<double>();
      };
      double slope = 0;
      for (size_t i = 0; i < gradient.size(); ++i) {
        if (gradient[i].defined()) slope += (gradient[i] * direction.tensors[i]).sum().item<double>();
      }
      EXPECT_NEAR((at_distance(1e-4) - at_distance(-1e-4)) / 2e-4, slope, 1e-6 * (1 + std::abs(slope))) << name;
    }
  }
}

// Values of both forms over many batches: equal within the standard error of their difference.
TEST_P(HeadTest, BothFormsHaveTheSameExpectation) {
  const Perceptron potential(Spec(GetParam()), 1);
  Parameters parameters = Double(potential.Initialise(4));
  for (at::Tensor& t : parameters.tensors) t *= 2;
  for (const auto& [name, dynamics] : Mixes()) {
    if (!Fits(GetParam(), dynamics)) continue;
    double sum = 0, squares = 0, conditional = 0;
    constexpr int kBatches = 60;
    for (int step = 0; step < kBatches; ++step) {
      const PathBatch batch = DrawBatch(LawFor(dynamics), step, 2048);
      const double c = LossOf(Form::kConditional, dynamics, potential, parameters, batch).item<double>();
      const double difference = LossOf(Form::kAction, dynamics, potential, parameters, batch).item<double>() - c;
      conditional += c;
      sum += difference;
      squares += difference * difference;
    }
    const double mean = sum / kBatches;
    const double error = std::sqrt((squares / kBatches - mean * mean) / kBatches);
    EXPECT_NEAR(mean, 0, 4 * error) << name;
    EXPECT_LT(error, 0.1 * std::abs(conditional / kBatches) + 0.01) << name;  // the comparison has teeth
  }
}

// c* is the convex conjugate of c = a |v|^r / r, and the velocity where it is reached: c*(p) = p . v - c(v), the
// largest of all.
TEST(ObjectiveTest, EnergyAndVelocityAreThoseOfTheConjugate) {
  const at::Tensor p = at::sin(1 + at::arange(30, at::kDouble)).reshape({10, 3}) * 2;
  for (double power : {1.5, 2.0, 3.0}) {
    for (double scale : {1.0, 2.5, 0.4}) {
      Dynamics dynamics;
      dynamics.cost.power = power;
      dynamics.cost.scale = scale;
      const auto value = [&, power = power, scale = scale](const at::Tensor& v) {
        return (p * v).sum(1) - scale / power * v.square().sum(1).pow(power / 2);
      };
      const at::Tensor velocity = Velocity(dynamics, p);
      EXPECT_LT((Energy(dynamics, p) - value(velocity)).abs().max().item<double>(), 1e-9) << power << " " << scale;
      for (double other : {0.9, 1.1}) {
        EXPECT_GT((Energy(dynamics, p) - value(other * velocity)).min().item<double>(), 0) << power << " " << scale;
      }
    }
  }
}

// Random directions estimate the exact Laplacian's loss without bias.
// Of a bridge of the dynamics' own noise, even where it fades out and times are rounded.
TEST(ObjectiveTest, AMatchingBridgeLeavesNoLaplacian) {
  Objective objective;
  objective.form = TrainingSpec::Form::kConditional;
  objective.dynamics.sigma = 0.5;
  objective.dynamics.sigma_end = 0;
  PathBatch batch;
  for (int i = 1; i <= 1000; ++i) {
    const double tau = 1 - 1e-7 * i * i / 3;
    batch.tau.push_back(static_cast<float>(tau));
    batch.bridge_variance.push_back(static_cast<float>(std::pow(objective.dynamics.Sigma(tau), 2)));
  }
  EXPECT_TRUE(LaplacianFactors(objective, batch).empty());
  batch.bridge_variance[0] = 0.1F;
  EXPECT_EQ(LaplacianFactors(objective, batch).size(), 1000u);
}

TEST(ObjectiveTest, ProbesEstimateTheLaplacian) {
  const Perceptron potential(Spec(Head::kValue), 3);
  Parameters parameters = Double(potential.Initialise(4));
  for (at::Tensor& t : parameters.tensors) t *= 3;
  const Law law = BrownianLaw(3, 1);
  double sum = 0, squares = 0, size = 0;
  constexpr int kBatches = 200;
  for (int step = 0; step < kBatches; ++step) {
    const PathBatch batch = DrawBatch(law, step, 256);
    Objective objective;
    objective.dynamics = law.dynamics;
    const double exact = Loss(objective, potential, parameters, batch, step).loss.item<double>();
    objective.laplacian_probes = 1;
    const double difference = Loss(objective, potential, parameters, batch, step).loss.item<double>() - exact;
    objective.dynamics.sigma = 0;
    size += std::abs(exact - Loss(objective, potential, parameters, batch, step).loss.item<double>());
    sum += difference;
    squares += difference * difference;
  }
  const double error = std::sqrt(squares) / kBatches;
  EXPECT_NEAR(sum / kBatches, 0, 4 * error);
  EXPECT_LT(error, 0.1 * size / kBatches);  // the comparison has teeth
}

INSTANTIATE_TEST_SUITE_P(Heads, HeadTest, testing::Values(Head::kValue, Head::kInnerProduct, Head::kQuadratic));

TEST(PotentialTest, TheSameSeedGivesTheSameWeights) {
  const Perceptron potential(Spec(Head::kInnerProduct), 2);
  const Parameters a = potential.Initialise(1), b = potential.Initialise(1), c = potential.Initialise(2);
  for (size_t i = 0; i < a.tensors.size(); ++i) EXPECT_TRUE(at::equal(a.tensors[i], b.tensors[i]));
  EXPECT_FALSE(at::equal(a.tensors[0], c.tensors[0]));
  EXPECT_EQ(potential.names().size(), a.tensors.size());
}

}  // namespace
}  // namespace actionmatch
