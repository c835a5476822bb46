// A request's Solver as the core's options.

#ifndef ACTIONMATCH_SERVER_MESSAGES_SOLVER_H_
#define ACTIONMATCH_SERVER_MESSAGES_SOLVER_H_

#include "absl/status/statusor.h"
#include "actionmatch/v1/solver.pb.h"
#include "core/field/sample.h"
#include "core/spec/dynamics.h"

namespace actionmatch {

// INVALID_ARGUMENT, naming the field "solver.*", if a value is out of range or does not go with the method. The default
// method depends on whether the dynamics have noise.
absl::StatusOr<SampleOptions> ToOptions(const v1::Solver& solver, const Dynamics& dynamics);

}  // namespace actionmatch

#endif  // ACTIONMATCH_SERVER_MESSAGES_SOLVER_H_
