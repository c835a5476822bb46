// Derivatives of a potential by automatic differentiation.

#ifndef ACTIONMATCH_CORE_POTENTIAL_CALCULUS_H_
#define ACTIONMATCH_CORE_POTENTIAL_CALCULUS_H_

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "core/potential/potential.h"
#include "core/spec/dynamics.h"

namespace actionmatch {

// The derivatives that were asked for; the others are undefined tensors.
struct Derivatives {
  at::Tensor value;      // S, [B]
  at::Tensor gradient;   // grad_y S, [B, D]
  at::Tensor d_tau;      // dS/dtau, [B]
  at::Tensor laplacian;  // sum_d d^2 S/dy_d^2, [B]
  at::Tensor y;          // the leaf that the gradient was taken by, if a graph was kept
};

struct DerivativeMask {
  bool gradient = false;
  bool d_tau = false;
  bool laplacian = false;
  // Whether to keep the graph, so that a loss made of the answers can be differentiated by the parameters.
  bool create_graph = false;
  // For the Laplacian: [P, B, D] of independent signs e; the mean of e . Hessian e over P estimates the Laplacian
  // without bias (Hutchinson). If undefined, the Laplacian is exact and takes D passes.
  at::Tensor probes;
};

// Always computes the value. The gradient is 0 at the potential's fixed components, and the Laplacian sums over the
// other components alone: points that move along the gradient keep their fixed components. No state; any thread may
// call this.
Derivatives Differentiate(const Potential& potential, const Parameters& parameters, const PotentialInput& input,
                          const DerivativeMask& mask);

// The divergence of a vector field [B, D] by its leaf y, on which the field's graph depends; probes as above. The
// answer has a graph if create_graph.
at::Tensor Divergence(const at::Tensor& field, const at::Tensor& y, const at::Tensor& probes, bool create_graph);

// grad c*(p) for p [B, D], and c*(p) [B].
at::Tensor Velocity(const Dynamics& dynamics, const at::Tensor& p);
at::Tensor Energy(const Dynamics& dynamics, const at::Tensor& p);

// [P, B, D] of signs, a pure function of the arguments. The signs of row b depend on first_row + b, not on the other
// rows.
at::Tensor Probes(uint64_t seed, uint64_t step, int64_t first_row, int64_t probes, int64_t rows, int64_t dimension,
                  at::ScalarType type);

// One probe, [D], of row `row`: number `probe`, which is below 256.
void ProbeSigns(uint64_t seed, uint64_t step, int64_t row, int64_t probe, int64_t dimension, float* e);

// The directions of an exact Laplacian, in the layout of Probes: e [D, B, D], in which row b of block d is the d-th
// unit vector.
template <typename T>
void UnitDirections(int64_t rows, int64_t dimension, T* e) {
  for (int64_t d = 0; d < dimension; ++d) {
    for (int64_t b = 0; b < rows; ++b) {
      for (int64_t j = 0; j < dimension; ++j) *e++ = static_cast<T>(j == d);
    }
  }
}

}  // namespace actionmatch

#endif  // ACTIONMATCH_CORE_POTENTIAL_CALCULUS_H_
