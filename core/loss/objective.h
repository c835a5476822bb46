// The Action Matching loss on one batch, in either form, for any Dynamics (standardised units; B rows; factor =
// batch.loss_factor = 1/p(tau), W = batch.mass, w the dynamics' time weight, p = grad S):
//
//   action:       L = w(0) m_0 E_q0[S] - w(1) m_1 E_q1[S]
//                     + mean( factor W [ w (dS/dtau + c*(p) + sigma^2/2 Lap S + lambda/2 S^2) + w' S ] )
//   conditional:  L = mean( factor W w [ c*(p) - p . y' + (sigma^2 - beta^2)/2 Lap S + lambda/2 S^2 - r S ] )
//
// with y' and r along the path's curves, and beta^2 the variance rate of their Brownian bridge, 0 without one. Both
// forms have the same expectation and the same gradient in expectation: d/dtau of (w W S) along a curve is, in
// expectation, W (w (dS/dtau + p . y' + beta^2/2 Lap S + r S) + w' S). (arXiv 2210.06662, eq. 5, 14, 19, 22.) The
// conditional form needs no boundaries and one derivative fewer, and varies far less; with a bridge of the dynamics'
// own noise it needs no Laplacian.

#ifndef ACTIONMATCH_CORE_LOSS_OBJECTIVE_H_
#define ACTIONMATCH_CORE_LOSS_OBJECTIVE_H_

#include <ATen/core/Tensor.h>

#include <vector>

#include "core/path/path.h"
#include "core/potential/potential.h"
#include "core/spec/dynamics.h"

namespace actionmatch {

struct Objective {
  TrainingSpec::Form form = TrainingSpec::Form::kConditional;  // not kAuto
  Dynamics dynamics;                                           // standardised
  int laplacian_probes = 0;                                    // 0: exact
  uint64_t seed = 0;                                           // of the probes
};

// The Laplacian's factor (sigma^2 - beta^2)/2 in each row's term (beta = 0 in the action form); empty if all are 0.
std::vector<double> LaplacianFactors(const Objective& objective, const PathBatch& batch);

// The tensors of a batch that the loss reads, of one type on one device. A tensor that the objective does not need is
// undefined.
struct LossInputs {
  at::Tensor tau;           // [B]
  at::Tensor y;             // [B, D]
  at::Tensor velocity;      // [B, D]
  at::Tensor loss_factor;   // [B]
  at::Tensor mass;          // [B]
  at::Tensor growth;        // [B]
  at::Tensor laplacian;     // [B]: LaplacianFactors
  at::Tensor probes;        // [P, B, D]: for the Laplacian; undefined: exact
  at::Tensor time_weight;   // [B]: w
  at::Tensor time_slope;    // [B]: w'
  at::Tensor ends;          // [2 B, D]: draws from q_0, then from q_1
  at::Tensor ends_factors;  // [2]: w(0) m_0, w(1) m_1

  // All members, in this order.
  std::vector<at::Tensor*> All();
};
// The inputs of a batch on the host. They are views of the batch if they can be, so the batch must live as long as they
// do. The batch must hold what the form needs. `step` counts training steps: it picks the probes.
LossInputs InputsOf(const Objective& objective, const PathBatch& batch, int64_t step, at::ScalarType type);

struct LossTerms {
  at::Tensor loss;      // a scalar with an autograd graph over the parameters
  at::Tensor interior;  // [B], no graph: the terms of the mean before `factor`
};

// The loss on the device of the parameters and inputs, which are of one type. Waits for nothing there.
LossTerms Loss(const Objective& objective, const Potential& potential, const Parameters& parameters,
               const LossInputs& inputs);
// The loss of a batch on the host. The batch must live as long as the graph of the loss.
LossTerms Loss(const Objective& objective, const Potential& potential, const Parameters& parameters,
               const PathBatch& batch, int64_t step);

// The gradient [P] of a loss with a graph over the parameters, in their order. The gradient has no graph.
at::Tensor FlatGradient(const at::Tensor& loss, const Parameters& parameters);

}  // namespace actionmatch

#endif  // ACTIONMATCH_CORE_LOSS_OBJECTIVE_H_
