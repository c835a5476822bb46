#include "server/messages/solver.h"

#include "absl/strings/str_cat.h"

namespace actionmatch {
namespace {

absl::Status SetMethod(v1::Solver::Method method, IntegrateOptions* options) {
  using Method = IntegrateOptions::Method;
  switch (method) {
    case v1::Solver::METHOD_EULER:
      options->method = Method::kEuler;
      return absl::OkStatus();
    case v1::Solver::METHOD_HEUN:
      options->method = Method::kHeun;
      return absl::OkStatus();
    case v1::Solver::METHOD_RK4:
      options->method = Method::kRk4;
      return absl::OkStatus();
    case v1::Solver::METHOD_DOPRI5:
      options->method = Method::kDopri5;
      return absl::OkStatus();
    case v1::Solver::METHOD_EULER_MARUYAMA:
      options->method = Method::kEulerMaruyama;
      return absl::OkStatus();
    case v1::Solver::METHOD_STOCHASTIC_HEUN:
      options->method = Method::kStochasticHeun;
      return absl::OkStatus();
    default:
      return absl::InvalidArgumentError(absl::StrCat("solver.method is ", static_cast<int>(method),
                                                     ", which is not known: use EULER, HEUN, RK4, DOPRI5, "
                                                     "EULER_MARUYAMA or STOCHASTIC_HEUN"));
  }
}

}  // namespace

absl::StatusOr<SampleOptions> ToOptions(const v1::Solver& solver, const Dynamics& dynamics) {
  SampleOptions options;
  const bool has_steps = solver.resolution_case() == v1::Solver::kSteps;
  const bool has_tolerance = solver.resolution_case() == v1::Solver::kTolerance;
  v1::Solver::Method method = solver.method();
  if (method == v1::Solver::METHOD_UNSPECIFIED) {
    method = dynamics.HasNoise() ? v1::Solver::METHOD_STOCHASTIC_HEUN
             : has_steps         ? v1::Solver::METHOD_RK4
                                 : v1::Solver::METHOD_DOPRI5;
  }
  if (absl::Status status = SetMethod(method, &options); !status.ok()) return status;
  const bool adaptive = method == v1::Solver::METHOD_DOPRI5;
  const bool stochastic = options.method == IntegrateOptions::Method::kEulerMaruyama ||
                          options.method == IntegrateOptions::Method::kStochasticHeun;
  if (adaptive && has_steps) {
    return absl::InvalidArgumentError(
        "solver.steps is for fixed steps, and DOPRI5 chooses its own: set tolerance instead");
  }
  if (!adaptive && !has_steps && (!stochastic || has_tolerance)) {
    return absl::InvalidArgumentError(absl::StrCat("solver.steps is required for ", v1::Solver::Method_Name(method),
                                                   (has_tolerance ? ", which has no tolerance" : "")));
  }
  if (has_steps && (solver.steps() < 1 || solver.steps() > 1000000)) {
    return absl::InvalidArgumentError(absl::StrCat("solver.steps must be 1 to 1000000, is ", solver.steps()));
  }
  if (has_tolerance && !(solver.tolerance() >= 1e-10 && solver.tolerance() <= 1)) {
    return absl::InvalidArgumentError(absl::StrCat("solver.tolerance must be 1e-10 to 1, is ", solver.tolerance()));
  }
  if (has_steps) options.steps = solver.steps();
  if (has_tolerance) options.tolerance = solver.tolerance();
  return options;
}

}  // namespace actionmatch
