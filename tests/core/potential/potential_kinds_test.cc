// Laws of every kind of potential: whoever adds one finds it here by its row in the table.

#include "core/potential/potential_kinds.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>

#include "core/potential/calculus.h"
#include "core/potential/point_passes.h"

namespace actionmatch {
namespace {

constexpr int64_t kDimension = 3;
constexpr int64_t kRows = 6;

class PotentialKindTest : public testing::TestWithParam<PotentialSpec::Kind> {
 protected:
  PotentialKindTest() {
    PotentialSpec spec;
    spec.kind = GetParam();
    spec.hidden = {12, 9};
    spec.time_features = 1;
    potential_ = MakePotential(spec, kDimension);
  }

  // Parameters that are not 0, in float64.
  Parameters Some() const {
    Parameters parameters = potential_->Initialise(1);
    int64_t next = 0;
    for (at::Tensor& tensor : parameters.tensors) {
      tensor =
          tensor.to(at::kDouble) + 0.3 * at::sin(at::arange(next, next + tensor.numel(), at::kDouble)).view_as(tensor);
      next += tensor.numel();
    }
    return parameters;
  }

  static PotentialInput Input() {
    return {at::linspace(0.05, 0.95, kRows, at::kDouble),
            at::sin(at::arange(kRows * kDimension, at::kDouble)).reshape({kRows, kDimension}),
            {},
            {}};
  }

  std::shared_ptr<const Potential> potential_;
};

TEST_P(PotentialKindTest, DerivativesAgreeWithFiniteDifferences) {
  const Parameters parameters = Some();
  const PotentialInput input = Input();
  DerivativeMask mask;
  mask.gradient = mask.d_tau = mask.laplacian = true;
  const Derivatives exact = Differentiate(*potential_, parameters, input, mask);
  constexpr double h = 1e-4;
  at::Tensor laplacian = at::zeros({kRows}, at::kDouble);
  const auto value = [&](const at::Tensor& tau, const at::Tensor& y) {
    return potential_->Value(parameters, {tau, y, {}, {}});
  };
  for (int64_t d = 0; d < kDimension; ++d) {
    at::Tensor step = at::zeros({kRows, kDimension}, at::kDouble);
    step.select(1, d).fill_(h);
    const at::Tensor up = value(input.tau, input.y + step), down = value(input.tau, input.y - step);
    EXPECT_LT(((up - down) / (2 * h) - exact.gradient.select(1, d)).abs().max().item<double>(), 1e-6);
    laplacian += (up + down - 2 * exact.value) / (h * h);
  }
  EXPECT_LT((laplacian - exact.laplacian).abs().max().item<double>(), 1e-5);
  const at::Tensor slope = (value(input.tau + h, input.y) - value(input.tau - h, input.y)) / (2 * h);
  EXPECT_LT((slope - exact.d_tau).abs().max().item<double>(), 1e-5);
}

TEST_P(PotentialKindTest, NamesShapesAndViewsAreOneLayout) {
  const Parameters first = potential_->Initialise(5);
  ASSERT_EQ(potential_->names().size(), first.tensors.size());
  std::vector<at::Tensor> parts;
  for (size_t i = 0; i < first.tensors.size(); ++i) {
    EXPECT_EQ(first.tensors[i].sizes().vec(), potential_->shapes()[i]);
    parts.push_back(first.tensors[i].reshape({-1}));
  }
  const at::Tensor flat = at::cat(parts);
  PotentialSpec spec;
  spec.kind = GetParam();
  spec.hidden = {12, 9};
  spec.time_features = 1;
  EXPECT_EQ(static_cast<double>(flat.numel()), spec.ParameterCount(kDimension));
  const Parameters views = potential_->Views(flat);
  for (size_t i = 0; i < views.tensors.size(); ++i) EXPECT_TRUE(at::equal(views.tensors[i], first.tensors[i]));
  // The same seed draws the same numbers.
  const Parameters again = potential_->Initialise(5);
  for (size_t i = 0; i < again.tensors.size(); ++i) EXPECT_TRUE(at::equal(again.tensors[i], first.tensors[i]));
}

TEST_P(PotentialKindTest, TheFirstFieldIsNearRest) {
  DerivativeMask mask;
  mask.gradient = true;
  PotentialInput input = Input();
  input.tau = input.tau.to(at::kFloat);
  input.y = input.y.to(at::kFloat);
  const Derivatives s = Differentiate(*potential_, potential_->Initialise(3), input, mask);
  EXPECT_LT(s.gradient.abs().max().item<double>(), 0.5);
}

// What fields are evaluated by, fused or not, answers what autograd does, and no row sees the others.
TEST_P(PotentialKindTest, PointPassesAgreeWithAutograd) {
  std::vector<Parameters> members = {Some(), Some()};
  for (Parameters& member : members) {
    for (at::Tensor& tensor : member.tensors) tensor = tensor.to(at::kFloat);
  }
  members[1].tensors.front() = 0.5 * members[1].tensors.front();
  const auto engine = MakePointEngine(*potential_, members);
  const PotentialInput input{Input().tau.to(at::kFloat), Input().y.to(at::kFloat), {}, {}};
  for (const int probes : {0, 2}) {
    PointQuantities wanted;
    wanted.gradient = wanted.d_tau = wanted.laplacian = true;
    wanted.probes = probes;
    wanted.seed = 9;
    const auto passes = engine->MakePasses(kRows, wanted);
    for (int member = 0; member < 2; ++member) {
      std::vector<float> value(kRows), gradient(kRows * kDimension), d_tau(kRows), laplacian(kRows);
      const auto run = [&](int64_t count) {
        passes->Run(member, {count, 40, input.tau.data_ptr<float>(), input.y.data_ptr<float>()},
                    {value.data(), gradient.data(), d_tau.data(), laplacian.data()});
      };
      run(kRows);
      DerivativeMask mask;
      mask.gradient = mask.d_tau = mask.laplacian = true;
      if (probes > 0) mask.probes = Probes(9, 0, 40, probes, kRows, kDimension, at::kFloat);
      const Derivatives s = Differentiate(*potential_, members[static_cast<size_t>(member)], input, mask);
      const auto near = [](const std::vector<float>& found, const at::Tensor& expected) {
        const at::Tensor flat = expected.reshape({-1}).contiguous();
        for (size_t i = 0; i < found.size(); ++i) EXPECT_NEAR(found[i], flat.data_ptr<float>()[i], 2e-4) << i;
      };
      near(value, s.value);
      near(gradient, s.gradient);
      near(d_tau, s.d_tau);
      near(laplacian, s.laplacian);
      const std::vector<float> whole = value;
      run(2);
      EXPECT_EQ(value[0], whole[0]);
      EXPECT_EQ(value[1], whole[1]);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Kinds, PotentialKindTest,
                         testing::Values(PotentialSpec::Kind::kPerceptron, PotentialSpec::Kind::kAffine));

// S = y_0 y_1 (tau + 1), whose second component is fixed.
class Fixing final : public Potential {
 public:
  Fixing() : Potential(2) {}
  std::vector<std::string> names() const override { return {"unused"}; }
  std::vector<std::vector<int64_t>> shapes() const override { return {{1}}; }
  Parameters Initialise(uint64_t /*seed*/) const override { return {{at::zeros({1})}}; }
  at::Tensor Value(const Parameters& /*parameters*/, const PotentialInput& input) const override {
    return input.y.select(1, 0).square() * input.y.select(1, 1).square() * (input.tau + 1);
  }
  std::shared_ptr<const Potential> WithPrecision(TrainingSpec::Precision /*precision*/) const override {
    return std::make_shared<Fixing>();
  }
  std::vector<int64_t> fixed_components() const override { return {1}; }
};

TEST(FixedComponentsTest, TheGradientIsZeroThereAndTheLaplacianIsOfTheOthers) {
  const Fixing potential;
  const at::Tensor y = at::tensor({2.0, 3.0, -1.0, 0.5}).reshape({2, 2});
  const at::Tensor tau = at::tensor({0.0, 1.0});
  DerivativeMask mask;
  mask.gradient = mask.laplacian = true;
  const Derivatives s = Differentiate(potential, potential.Initialise(0), {tau, y, {}, {}}, mask);
  EXPECT_DOUBLE_EQ(s.gradient[0][0].item<double>(), 2 * 2.0 * 9);
  EXPECT_DOUBLE_EQ(s.gradient[1][0].item<double>(), 2 * -1.0 * 0.25 * 2);
  EXPECT_EQ(s.gradient.select(1, 1).abs().max().item<double>(), 0);
  EXPECT_DOUBLE_EQ(s.laplacian[0].item<double>(), 2 * 9.0);
  EXPECT_DOUBLE_EQ(s.laplacian[1].item<double>(), 2 * 0.25 * 2);
  // Random directions estimate the same: each sign's square is 1.
  mask.probes = at::tensor({1.0, 1.0, 1.0, 1.0, 1.0, -1.0, 1.0, -1.0}).reshape({2, 2, 2});
  const Derivatives estimated = Differentiate(potential, potential.Initialise(0), {tau, y, {}, {}}, mask);
  EXPECT_LT((estimated.laplacian - s.laplacian).abs().max().item<double>(), 1e-12);
}

}  // namespace
}  // namespace actionmatch
