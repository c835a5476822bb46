#include "server/messages/solver.h"

#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "core/trajectory/solvers.h"
#include "server/messages/error_reasons.h"
#include "server/messages/violations.h"

namespace actionmatch {
namespace {

constexpr char kMethodPrefix[] = "METHOD_";

// The method's name, such as "DOPRI5"; empty for a number that the API does not know.
std::string NameOf(v1::Solver::Method method) {
  return std::string(absl::StripPrefix(v1::Solver::Method_Name(method), kMethodPrefix));
}

// The row of the method; if no method is set, the row that goes with the other fields.
absl::StatusOr<const SolverRow*> SolverOf(const v1::Solver& solver, bool noise) {
  if (solver.method() == v1::Solver::METHOD_UNSPECIFIED) {
    const bool fixed = solver.resolution_case() == v1::Solver::kSteps && !noise;
    return &SolverOf(fixed ? SolverMethod::kRk4 : SolverMethod::kAuto, noise);
  }
  const SolverRow* row = FindSolver(absl::AsciiStrToLower(NameOf(solver.method())));
  if (row != nullptr) return row;
  return InvalidField("solver.method",
                      absl::StrCat("is ", static_cast<int>(solver.method()), ", which is not known: use ",
                                   SolverNames([](const SolverRow&) { return true; })));
}

// The error of a solver.steps that does not go with the method.
absl::Status Refusal(v1::ErrorReason reason, const std::string& method, absl::string_view text) {
  constexpr absl::string_view kField = "solver.steps";
  return WithField(ErrorOf(reason, {{"method", method}}, absl::StrCat(kField, " ", text)), kField, text);
}

}  // namespace

absl::StatusOr<SampleOptions> ToOptions(const v1::Solver& solver, const Dynamics& dynamics) {
  const absl::StatusOr<const SolverRow*> row = SolverOf(solver, dynamics.HasNoise());
  if (!row.ok()) return row.status();
  const std::string name = absl::AsciiStrToUpper((*row)->word);
  const bool has_steps = solver.resolution_case() == v1::Solver::kSteps;
  const bool has_tolerance = solver.resolution_case() == v1::Solver::kTolerance;
  if ((*row)->adaptive && has_steps) {
    return Refusal(v1::ERROR_REASON_METHOD_CHOOSES_STEPS, name,
                   absl::StrCat("is for fixed steps, and ", name, " chooses its own: set tolerance instead"));
  }
  if (!(*row)->adaptive && !has_steps && (!(*row)->stochastic || has_tolerance)) {
    return Refusal(
        v1::ERROR_REASON_METHOD_NEEDS_STEPS, name,
        absl::StrCat("is required for ", kMethodPrefix, name, (has_tolerance ? ", which has no tolerance" : "")));
  }
  if (has_steps && (solver.steps() < 1 || solver.steps() > 1000000)) {
    return InvalidField("solver.steps", absl::StrCat("must be 1 to 1000000, is ", solver.steps()));
  }
  if (has_tolerance && !(solver.tolerance() >= 1e-10 && solver.tolerance() <= 1)) {
    return InvalidField("solver.tolerance", absl::StrCat("must be 1e-10 to 1, is ", solver.tolerance()));
  }
  SampleOptions options;
  options.method = (*row)->method;
  if (has_steps) options.steps = solver.steps();
  if (has_tolerance) options.tolerance = solver.tolerance();
  return options;
}

}  // namespace actionmatch
