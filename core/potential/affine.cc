// Affine: a potential whose gradient is affine in y at each time,
//
//   S(tau, y) = 1/2 y . A(tau) y + b(tau) . y + c(tau),   each coefficient a polynomial of tau of degree K,
//   A(tau) = kGain sum_k A_k P_k(2 tau - 1), and b and c likewise, P_k the Legendre polynomials.
//
// The potential carries Gaussians to Gaussians, and for the quadratic cost every move between Gaussians is of this form
// (with noise and growth too). So it is a model to read off, to compare with, and to use if there are few points. S is
// linear in its parameters, so the loss for the quadratic cost is convex in them.

#include <ATen/ATen.h>

#include "core/potential/potential_kinds.h"

namespace actionmatch {
namespace {

// The size of the coefficients for a parameter of 1. With the learning rates that suit perceptrons, whose parameters
// are small, coefficients then reach a size of about 1 in some hundred steps.
constexpr double kGain = 4;

class Affine final : public Potential {
 public:
  Affine(int time_degree, int64_t dimension) : Potential(dimension), terms_(int64_t{time_degree} + 1) {}

  std::vector<std::string> names() const override { return {"quadratic", "linear", "constant"}; }
  // A_k, b_k and c_k. Only the symmetric part of A_k counts.
  std::vector<std::vector<int64_t>> shapes() const override {
    return {{terms_, dimension(), dimension()}, {terms_, dimension()}, {terms_}};
  }
  // All parameters are 0: the field at rest.
  Parameters Initialise(uint64_t /*seed*/) const override {
    Parameters parameters;
    for (const std::vector<int64_t>& shape : shapes()) parameters.tensors.push_back(at::zeros(shape, at::kFloat));
    return parameters;
  }

  at::Tensor Value(const Parameters& parameters, const PotentialInput& input) const override {
    const at::Tensor& y = input.y;
    const at::Tensor basis = kGain * Basis(input.tau);  // [B, K + 1]
    // y . A_k y for each k: the rows times all A_k side by side, [B, (K + 1) D].
    const at::Tensor side_by_side = parameters.tensors[0].reshape({terms_ * dimension(), dimension()});
    const at::Tensor products = at::mm(y, side_by_side.t()).reshape({y.size(0), terms_, dimension()});
    const at::Tensor quadratic = (products * y.unsqueeze(1)).sum(2);
    const at::Tensor linear = at::mm(y, parameters.tensors[1].t());
    return (basis * (0.5 * quadratic + linear + parameters.tensors[2])).sum(1);
  }

  std::shared_ptr<const Potential> WithPrecision(TrainingSpec::Precision /*precision*/) const override {
    return std::make_shared<Affine>(static_cast<int>(terms_) - 1, dimension());
  }

 private:
  // P_k(2 tau - 1) by Bonnet's recursion (k + 1) P_{k+1} = (2k + 1) x P_k - k P_{k-1}.
  at::Tensor Basis(const at::Tensor& tau) const {
    const at::Tensor x = 2 * tau - 1;
    std::vector<at::Tensor> p = {at::ones_like(x), x};
    for (int64_t k = 1; k + 1 < terms_; ++k) {
      const auto n = static_cast<double>(k);
      p.push_back(((2 * n + 1) / (n + 1)) * x * p.back() - (n / (n + 1)) * p[p.size() - 2]);
    }
    p.resize(static_cast<size_t>(terms_));
    return at::stack(p, 1);
  }

  const int64_t terms_;  // K + 1
};

}  // namespace

std::shared_ptr<const Potential> MakeAffine(const PotentialSpec& spec, int64_t dimension) {
  return std::make_shared<Affine>(spec.affine.time_degree, dimension);
}

}  // namespace actionmatch
