#include "core/potential/calculus.h"

#include <ATen/ATen.h>
#include <torch/csrc/autograd/autograd.h>

#include "core/random.h"

namespace actionmatch {

namespace {

// [D]: 1 for components that move, 0 for components that the potential fixes. Undefined if all move.
at::Tensor MovingComponents(const Potential& potential, const at::Tensor& like) {
  const std::vector<int64_t> fixed = potential.fixed_components();
  if (fixed.empty()) return {};
  at::Tensor moving = at::ones({potential.dimension()}, like.options().requires_grad(false));
  for (const int64_t d : fixed) moving.select(0, d).zero_();
  return moving;
}

}  // namespace

Derivatives Differentiate(const Potential& potential, const Parameters& parameters, const PotentialInput& input,
                          const DerivativeMask& mask) {
  Derivatives answer;
  const bool with_gradient = mask.gradient || mask.laplacian;
  PotentialInput leaves = input;
  if (with_gradient) leaves.y = input.y.detach().requires_grad_();
  if (mask.d_tau) leaves.tau = input.tau.detach().requires_grad_();
  answer.value = potential.Value(parameters, leaves);
  torch::autograd::variable_list inputs;
  if (with_gradient) inputs.push_back(leaves.y);
  if (mask.d_tau) inputs.push_back(leaves.tau);
  if (inputs.empty()) return answer;
  const bool keep = mask.create_graph || mask.laplacian;
  const auto first = torch::autograd::grad({answer.value.sum()}, inputs, {}, keep, keep);
  if (with_gradient) {
    answer.gradient = first.front();
    const at::Tensor moving = MovingComponents(potential, answer.gradient);
    if (moving.defined()) answer.gradient = answer.gradient * moving;
  }
  if (mask.d_tau) answer.d_tau = first.back();
  if (mask.laplacian) answer.laplacian = Divergence(answer.gradient, leaves.y, mask.probes, mask.create_graph);
  if (mask.create_graph) {
    answer.y = leaves.y;
    return answer;
  }
  for (at::Tensor* tensor : {&answer.value, &answer.gradient, &answer.d_tau, &answer.laplacian}) {
    if (tensor->defined()) *tensor = tensor->detach();
  }
  return answer;
}

at::Tensor Divergence(const at::Tensor& field, const at::Tensor& y, const at::Tensor& probes, bool create_graph) {
  // A component that does not depend on y (in a linear potential) has no graph to follow: its derivative is 0.
  const auto gradient = [&](const at::Tensor& sum) {
    if (!sum.requires_grad()) return at::zeros_like(y);
    const at::Tensor found = torch::autograd::grad({sum}, {y}, {}, true, create_graph, /*allow_unused=*/true)[0];
    return found.defined() ? found : at::zeros_like(y);
  };
  at::Tensor divergence = at::zeros({y.size(0)}, y.options().requires_grad(false));
  if (!probes.defined()) {
    for (int64_t d = 0; d < y.size(1); ++d) {
      divergence = divergence + gradient(field.select(1, d).sum()).select(1, d);
    }
    return divergence;
  }
  for (int64_t p = 0; p < probes.size(0); ++p) {
    const at::Tensor probe = probes.select(0, p);
    divergence = divergence + (gradient((field * probe).sum()) * probe).sum(1);
  }
  return divergence / static_cast<double>(probes.size(0));
}

namespace {

// The operations on tensors that Cost asks for.
struct TensorOperations {
  static at::Tensor SquareSums(const at::Tensor& p, bool keep) { return p.square().sum(1, keep); }
  static at::Tensor AtLeast(const at::Tensor& x, double least) { return x.clamp_min(least); }
  static at::Tensor Power(const at::Tensor& x, double exponent) { return x.pow(exponent); }
};

}  // namespace

at::Tensor Velocity(const Dynamics& dynamics, const at::Tensor& p) {
  return dynamics.cost.Velocity<TensorOperations>(p);
}

at::Tensor Energy(const Dynamics& dynamics, const at::Tensor& p) { return dynamics.cost.Energy<TensorOperations>(p); }

at::Tensor Probes(uint64_t seed, uint64_t step, int64_t first_row, int64_t probes, int64_t rows, int64_t dimension,
                  at::ScalarType type) {
  at::Tensor signs = at::empty({probes, rows, dimension}, at::kFloat);
  float* out = signs.data_ptr<float>();
  for (int64_t p = 0; p < probes; ++p) {
    for (int64_t b = 0; b < rows; ++b, out += dimension) ProbeSigns(seed, step, first_row + b, p, dimension, out);
  }
  return signs.to(type);
}

void ProbeSigns(uint64_t seed, uint64_t step, int64_t row, int64_t probe, int64_t dimension, float* e) {
  const uint64_t place = (static_cast<uint64_t>(row) << 8U) ^ static_cast<uint64_t>(probe);
  Random random(seed, RandomStream::kProbes, (step << 40U) ^ place);
  uint32_t bits = 0;
  for (int64_t d = 0; d < dimension; ++d) {
    if (d % 32 == 0) bits = random.Word();
    *e++ = (bits >> (d % 32)) & 1U ? 1.0F : -1.0F;
  }
}

}  // namespace actionmatch
