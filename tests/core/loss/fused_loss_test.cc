#include "core/loss/fused_loss.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <tuple>

#include "tests/core/path/law_paths.h"
#include "tests/core/support/any_batch.h"

namespace actionmatch {
namespace {

using Activation = PotentialSpec::Activation;
using Form = TrainingSpec::Form;
using Head = PotentialSpec::Head;
using Precision = TrainingSpec::Precision;

struct Answer {
  double loss = 0;
  at::Tensor gradient;
  at::Tensor interior;
};

at::Tensor Flat(const std::vector<at::Tensor>& tensors) {
  std::vector<at::Tensor> parts;
  for (const at::Tensor& tensor : tensors) parts.push_back(tensor.reshape({-1}));
  return at::cat(parts);
}

Answer ByAutograd(const Objective& objective, const Potential& potential, const Parameters& parameters,
                  const PathBatch& batch) {
  const LossTerms terms = Loss(objective, potential, parameters, batch, 3);
  return {terms.loss.item<double>(), FlatGradient(terms.loss, parameters), terms.interior};
}

template <typename T>
Answer Fused(const Objective& objective, const Perceptron& potential, const Parameters& parameters,
             const PathBatch& batch, int threads = 1, Precision precision = Precision::kFloat32) {
  const at::Tensor flat = Flat(parameters.tensors).detach().contiguous();
  FusedLoss<T> fused(objective, potential, precision, batch.rows, threads);
  Answer answer;
  answer.gradient = at::full_like(flat, std::numeric_limits<double>::quiet_NaN());
  answer.interior = at::empty({batch.rows}, at::kFloat);
  answer.loss =
      fused.Compute(flat.data_ptr<T>(), batch, 3, {}, answer.gradient.data_ptr<T>(), answer.interior.data_ptr<float>());
  return answer;
}

double Relative(const at::Tensor& a, const at::Tensor& b) { return ((a - b).norm() / b.norm()).item<double>(); }

class FusedLossTest : public testing::TestWithParam<std::tuple<Head, Activation>> {
 protected:
  FusedLossTest() {
    spec_.hidden = {24, 17, 24};
    std::tie(spec_.head, spec_.activation) = GetParam();
    spec_.time_features = 2;
  }

  template <typename T>
  void ExpectAgreement(int64_t rows, int64_t dimension, double tolerance) {
    const Perceptron potential(spec_, dimension);
    for (const auto& [name, dynamics] : Mixes()) {
      if (spec_.head == Head::kQuadratic && dynamics.lambda > 0) continue;
      for (const Form form : {Form::kAction, Form::kConditional}) {
        for (const int probes : {0, 2}) {
          const bool bridge = dynamics.HasNoise() && form == Form::kConditional;
          const PathBatch batch = AnyBatch(rows, dimension, bridge);
          Objective objective;
          objective.form = form;
          objective.dynamics = dynamics;
          objective.laplacian_probes = probes;
          objective.seed = 9;
          Parameters parameters = potential.Initialise(2);
          for (at::Tensor& t : parameters.tensors) {
            t = (2 * t).to(c10::CppTypeToScalarType<T>::value).requires_grad_();
          }
          const Answer expected = ByAutograd(objective, potential, parameters, batch);
          const Answer fused = Fused<T>(objective, potential, parameters, batch);
          const std::string what = std::string(name) + (form == Form::kAction ? ", action" : ", conditional");
          EXPECT_NEAR(fused.loss, expected.loss, tolerance * (1 + std::abs(expected.loss))) << what;
          EXPECT_LT(Relative(fused.gradient, expected.gradient), tolerance) << what;
          EXPECT_LT(Relative(fused.interior.to(at::kDouble), expected.interior.to(at::kDouble)), 1e-5) << what;
        }
      }
    }
  }

  PotentialSpec spec_;
};

TEST_P(FusedLossTest, AgreesWithAutogradInDouble) { ExpectAgreement<double>(13, 3, 1e-9); }

TEST_P(FusedLossTest, AgreesWithAutogradInFloat) { ExpectAgreement<float>(300, 9, 1e-4); }

// Of many tiles and lanes, and whatever the threads.
TEST_P(FusedLossTest, ThreadsChangeNoBit) {
  spec_.hidden = {256, 8};
  const Perceptron potential(spec_, 2);
  const Parameters parameters = potential.Initialise(2);
  const PathBatch batch = AnyBatch(1003, 2, false);
  Objective objective;
  objective.form = Form::kAction;
  const Answer one = Fused<float>(objective, potential, parameters, batch, 1);
  for (const int threads : {2, 3, 7}) {
    const Answer many = Fused<float>(objective, potential, parameters, batch, threads);
    EXPECT_TRUE(at::equal(one.gradient, many.gradient)) << threads;
    EXPECT_EQ(one.loss, many.loss) << threads;
  }
}

// A product's operands are each rounded by 2^-9 at most, independently: over the passes through three layers that is a
// few 2^-9 in the gradient, whatever the dynamics. And not none.
TEST_P(FusedLossTest, Bfloat16IsFloat32ButForRounding) {
  if (Bfloat16Instructions() == nullptr) GTEST_SKIP() << "this processor has no bfloat16 products";
  const Perceptron potential(spec_, 3);
  const Parameters parameters = potential.Initialise(2);
  for (const auto& [name, dynamics] : Mixes()) {
    if (spec_.head == Head::kQuadratic && dynamics.lambda > 0) continue;
    for (const Form form : {Form::kAction, Form::kConditional}) {
      const PathBatch batch = AnyBatch(300, 3, dynamics.HasNoise() && form == Form::kConditional);
      Objective objective;
      objective.form = form;
      objective.dynamics = dynamics;
      objective.laplacian_probes = 2;
      const Answer exact = Fused<float>(objective, potential, parameters, batch);
      const Answer rounded = Fused<float>(objective, potential, parameters, batch, 1, Precision::kBfloat16);
      const Answer again = Fused<float>(objective, potential, parameters, batch, 3, Precision::kBfloat16);
      const std::string what = std::string(name) + (form == Form::kAction ? ", action" : ", conditional");
      EXPECT_LT(Relative(rounded.gradient, exact.gradient), 0.02) << what;
      EXPECT_GT(Relative(rounded.gradient, exact.gradient), 1e-4) << what;
      EXPECT_TRUE(at::equal(rounded.gradient, again.gradient)) << what;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, FusedLossTest,
                         testing::Combine(testing::Values(Head::kValue, Head::kInnerProduct, Head::kQuadratic),
                                          testing::Values(Activation::kSilu, Activation::kSoftplus,
                                                          Activation::kTanh)));

TEST(FusedLossTest, WorkBesideRunsOnce) {
  const Perceptron potential(PotentialSpec(), 2);
  const at::Tensor flat = Flat(potential.Initialise(1).tensors);
  at::Tensor gradient = at::empty_like(flat);
  FusedLoss<float> fused(Objective(), potential, Precision::kFloat32, 256, 2);
  int calls = 0;
  fused.Compute(
      flat.data_ptr<float>(), AnyBatch(256, 2, false), 0, [&] { ++calls; }, gradient.data_ptr<float>(), nullptr);
  EXPECT_EQ(calls, 1);
}

TEST(FusedLossTest, ABatchOfAnotherSizeIsRefused) {
  const Perceptron potential(PotentialSpec(), 2);
  const Parameters parameters = potential.Initialise(1);
  const at::Tensor flat = Flat(parameters.tensors);
  at::Tensor gradient = at::empty_like(flat);
  FusedLoss<float> fused(Objective(), potential, Precision::kFloat32, 256, 1);
  EXPECT_THROW(
      fused.Compute(flat.data_ptr<float>(), AnyBatch(258, 2, false), 0, {}, gradient.data_ptr<float>(), nullptr),
      c10::Error);
}

}  // namespace
}  // namespace actionmatch
