// Derivatives of a potential by automatic differentiation.

#ifndef ACTIONMATCH_CORE_CALCULUS_H_
#define ACTIONMATCH_CORE_CALCULUS_H_

#include <ATen/core/Tensor.h>

#include "core/potential.h"

namespace actionmatch {

// Whichever were asked for; the others are undefined tensors.
struct Derivatives {
  at::Tensor value;      // S, [B]
  at::Tensor gradient;   // grad_y S, [B, D]
  at::Tensor d_tau;      // dS/dtau, [B]
  at::Tensor laplacian;  // sum_d d^2 S/dy_d^2, [B]: exact, D + 1 backward passes
};

struct DerivativeMask {
  bool gradient = false;
  bool d_tau = false;
  bool laplacian = false;
  // Keep the graph, so that a loss made of the answers can be differentiated by the parameters.
  bool create_graph = false;
};

// tau: [B], y: [B, D]. Value is always computed. No state; any thread.
Derivatives Differentiate(const Potential& potential, const Parameters& parameters, const at::Tensor& tau,
                          const at::Tensor& y, const DerivativeMask& mask);

}  // namespace actionmatch

#endif  // ACTIONMATCH_CORE_CALCULUS_H_
