#include "core/calculus.h"

#include <ATen/ATen.h>
#include <torch/csrc/autograd/autograd.h>

namespace actionmatch {

Derivatives Differentiate(const Potential& potential, const Parameters& parameters, const at::Tensor& tau,
                          const at::Tensor& y, const DerivativeMask& mask) {
  Derivatives answer;
  const bool with_gradient = mask.gradient || mask.laplacian;
  const at::Tensor y_input = with_gradient ? y.detach().requires_grad_() : y;
  const at::Tensor tau_input = mask.d_tau ? tau.detach().requires_grad_() : tau;
  answer.value = potential.Value(parameters, tau_input, y_input);
  torch::autograd::variable_list inputs;
  if (with_gradient) inputs.push_back(y_input);
  if (mask.d_tau) inputs.push_back(tau_input);
  if (inputs.empty()) return answer;
  const bool keep = mask.create_graph || mask.laplacian;
  const auto first = torch::autograd::grad({answer.value.sum()}, inputs, {}, keep, keep);
  if (with_gradient) answer.gradient = first.front();
  if (mask.d_tau) answer.d_tau = first.back();
  if (mask.laplacian) {
    answer.laplacian = at::zeros_like(answer.value);
    for (int64_t d = 0; d < potential.dimension(); ++d) {
      const auto second =
          torch::autograd::grad({answer.gradient.select(1, d).sum()}, {y_input}, {}, true, mask.create_graph);
      answer.laplacian = answer.laplacian + second[0].select(1, d);
    }
  }
  if (!mask.create_graph) {
    for (at::Tensor* tensor : {&answer.value, &answer.gradient, &answer.d_tau, &answer.laplacian}) {
      if (tensor->defined()) *tensor = tensor->detach();
    }
  }
  return answer;
}

}  // namespace actionmatch
