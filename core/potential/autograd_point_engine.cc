// The point engine of any potential: automatic differentiation (calculus.h).

#include <ATen/ATen.h>

#include <algorithm>

#include "core/potential/calculus.h"
#include "core/potential/point_passes.h"

namespace actionmatch {
namespace {

class AutogradPasses final : public PointPasses {
 public:
  AutogradPasses(const Potential& potential, const std::vector<Parameters>& members, int64_t rows,
                 const PointQuantities& wanted)
      : potential_(potential), members_(members), rows_(rows), wanted_(wanted) {}

  // Computes all rows, padding too, so that no product's shape depends on the number of points.
  void Run(int member, const PointBlock& block, const PointAnswers& answers) override {
    DerivativeMask mask;
    mask.gradient = wanted_.gradient;
    mask.d_tau = wanted_.d_tau;
    mask.laplacian = wanted_.laplacian;
    if (wanted_.laplacian && wanted_.probes > 0) {
      mask.probes = Probes(wanted_.seed, 0, block.first_row, wanted_.probes, rows_, potential_.dimension(), at::kFloat);
    }
    const auto view = [](const float* values, at::IntArrayRef shape) {
      return at::from_blob(const_cast<float*>(values), shape, at::kFloat);
    };
    const PotentialInput input{view(block.tau, {rows_}), view(block.y, {rows_, potential_.dimension()}), {}, {}};
    const Derivatives s = Differentiate(potential_, members_[static_cast<size_t>(member)], input, mask);
    const auto copy = [&](const at::Tensor& from, int64_t numbers, float* to) {
      const at::Tensor values = from.detach().contiguous();
      std::copy_n(values.data_ptr<float>(), numbers, to);
    };
    copy(s.value, block.count, answers.value);
    if (wanted_.gradient) copy(s.gradient, block.count * potential_.dimension(), answers.gradient);
    if (wanted_.d_tau) copy(s.d_tau, block.count, answers.d_tau);
    if (wanted_.laplacian) copy(s.laplacian, block.count, answers.laplacian);
  }

 private:
  const Potential& potential_;
  const std::vector<Parameters>& members_;
  const int64_t rows_;
  const PointQuantities wanted_;
};

class AutogradEngine final : public PointEngine {
 public:
  AutogradEngine(const Potential& potential, const std::vector<Parameters>& members)
      : potential_(potential), members_(members) {}

  std::unique_ptr<PointPasses> MakePasses(int64_t rows, const PointQuantities& wanted) const override {
    return std::make_unique<AutogradPasses>(potential_, members_, rows, wanted);
  }

 private:
  const Potential& potential_;
  const std::vector<Parameters>& members_;
};

}  // namespace

std::unique_ptr<const PointEngine> MakeAutogradPointEngine(const Potential& potential,
                                                           const std::vector<Parameters>& members) {
  return std::make_unique<AutogradEngine>(potential, members);
}

}  // namespace actionmatch
