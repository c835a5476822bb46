// The methods that integrate, one row each. To add a method, add an enumerator here, its row and its tableau in
// solvers.cc, and the value METHOD_<word in upper case> of Solver.Method in solver.proto.

#ifndef ACTIONMATCH_CORE_TRAJECTORY_SOLVERS_H_
#define ACTIONMATCH_CORE_TRAJECTORY_SOLVERS_H_

#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "core/trajectory/tableau.h"

namespace actionmatch {

enum class SolverMethod { kAuto, kEuler, kHeun, kRk4, kDopri5, kEulerMaruyama, kStochasticHeun };

struct SolverRow {
  const char* word;  // as in the API, in lower case
  SolverMethod method;
  const Tableau& tableau;
  bool adaptive;  // chooses the lengths of its steps by a tolerance; its tableau has an error estimate and dense output
  bool stochastic;  // takes noise, along a Brownian path; the tableau is that of the drift
};

// Every method except kAuto. The rows last as long as the program.
absl::Span<const SolverRow> Solvers();

// The row of a method. For kAuto, the row of the default method for motions with or without noise.
const SolverRow& SolverOf(SolverMethod method, bool noise);
// Null for a word that no row has.
const SolverRow* FindSolver(absl::string_view word);

// "EULER, HEUN or RK4": the names of the rows that `fits` holds for, for messages.
std::string SolverNames(bool (*fits)(const SolverRow&));

}  // namespace actionmatch

#endif  // ACTIONMATCH_CORE_TRAJECTORY_SOLVERS_H_
