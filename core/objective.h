// The Action Matching loss on one batch, in either form (standardised units; B rows; weight = 1/p(tau)):
//
//   action:       L = E_q0[S(0, y)] - E_q1[S(1, y)] + mean( weight (dS/dtau + 1/2 |grad S|^2) )
//   conditional:  L = mean( weight (1/2 |grad S|^2 - grad S . y') )        along the path's curves y'
//
// Both have the same expectation and the same gradient in expectation (arXiv 2210.06662, eq. 5; integrate dS/dtau along
// the curves). The conditional form needs no boundaries, one derivative fewer, and varies far less.

#ifndef ACTIONMATCH_CORE_OBJECTIVE_H_
#define ACTIONMATCH_CORE_OBJECTIVE_H_

#include <ATen/core/Tensor.h>

#include "core/path.h"
#include "core/potential.h"

namespace actionmatch {

// A scalar with an autograd graph over the parameters. `form` must not be kAuto; the batch must hold what the form
// needs.
at::Tensor Loss(TrainingSpec::Form form, const Potential& potential, const Parameters& parameters,
                const PathBatch& batch);

}  // namespace actionmatch

#endif  // ACTIONMATCH_CORE_OBJECTIVE_H_
