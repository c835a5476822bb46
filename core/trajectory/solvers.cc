#include "core/trajectory/solvers.h"

#include <algorithm>
#include <cstddef>
#include <vector>

#include "absl/strings/ascii.h"
#include "core/alternatives.h"

namespace actionmatch {
namespace {

const Tableau& Euler() {
  static const Tableau tableau{"euler", 1, {0}, {{}}, {1}, {}, {}};
  return tableau;
}

const Tableau& Heun() {
  static const Tableau tableau{"heun", 2, {0, 1}, {{}, {1}}, {0.5, 0.5}, {}, {}};
  return tableau;
}

const Tableau& Rk4() {
  static const Tableau tableau{
      "rk4", 4, {0, 0.5, 0.5, 1}, {{}, {0.5}, {0, 0.5}, {0, 0, 1}}, {1.0 / 6, 1.0 / 3, 1.0 / 3, 1.0 / 6}, {}, {}};
  return tableau;
}

// Dormand & Prince 5(4) with the 4th-order dense output of Hairer, Norsett & Wanner, II.6.
const Tableau& Dopri5() {
  static const Tableau tableau = [] {
    Tableau t;
    t.name = "dopri5";
    t.order = 5;
    t.c = {0, 1.0 / 5, 3.0 / 10, 4.0 / 5, 8.0 / 9, 1, 1};
    t.a = {{},
           {1.0 / 5},
           {3.0 / 40, 9.0 / 40},
           {44.0 / 45, -56.0 / 15, 32.0 / 9},
           {19372.0 / 6561, -25360.0 / 2187, 64448.0 / 6561, -212.0 / 729},
           {9017.0 / 3168, -355.0 / 33, 46732.0 / 5247, 49.0 / 176, -5103.0 / 18656},
           {35.0 / 384, 0, 500.0 / 1113, 125.0 / 192, -2187.0 / 6784, 11.0 / 84}};
    t.b = {35.0 / 384, 0, 500.0 / 1113, 125.0 / 192, -2187.0 / 6784, 11.0 / 84, 0};
    t.e = {71.0 / 57600, 0, -71.0 / 16695, 71.0 / 1920, -17253.0 / 339200, 22.0 / 525, -1.0 / 40};
    // Hairer, Norsett & Wanner write x(theta) = x + theta (d + (1-theta) (r1 + theta (r2 + (1-theta) r3))) with
    //   d = h sum b_i k_i,  r1 = h k_1 - d,  r2 = d - h k_7 - r1,  r3 = h sum D_i k_i;
    // collected here by powers of theta for each stage.
    const std::vector<double> dense = {-12715105075.0 / 11282082432,  0,
                                       87487479700.0 / 32700410799,   -10690763975.0 / 1880347072,
                                       701980252875.0 / 199316789632, -1453857185.0 / 822651844,
                                       69997945.0 / 29380423};
    for (size_t i = 0; i < 7; ++i) {
      const double d = t.b[i];
      const double r1 = (i == 0 ? 1.0 : 0.0) - d;
      const double r2 = d - (i == 6 ? 1.0 : 0.0) - r1;
      const double r3 = dense[i];
      t.dense.push_back({d + r1, -r1 + r2 + r3, -r2 - 2 * r3, r3});
    }
    return t;
  }();
  return tableau;
}

}  // namespace

absl::Span<const SolverRow> Solvers() {
  using Method = SolverMethod;
  static const SolverRow rows[] = {
      {"euler", Method::kEuler, Euler(), false, false},
      {"heun", Method::kHeun, Heun(), false, false},
      {"rk4", Method::kRk4, Rk4(), false, false},
      {"dopri5", Method::kDopri5, Dopri5(), true, false},
      {"euler_maruyama", Method::kEulerMaruyama, Euler(), false, true},
      {"stochastic_heun", Method::kStochasticHeun, Heun(), false, true},
  };
  return rows;
}

const SolverRow& SolverOf(SolverMethod method, bool noise) {
  const SolverMethod automatic = noise ? SolverMethod::kStochasticHeun : SolverMethod::kDopri5;
  const SolverMethod wanted = method == SolverMethod::kAuto ? automatic : method;
  const absl::Span<const SolverRow> rows = Solvers();
  return *std::find_if(rows.begin(), rows.end(), [&](const SolverRow& row) { return row.method == wanted; });
}

const SolverRow* FindSolver(absl::string_view word) {
  for (const SolverRow& row : Solvers()) {
    if (row.word == word) return &row;
  }
  return nullptr;
}

std::string SolverNames(bool (*fits)(const SolverRow&)) {
  std::vector<std::string> names;
  for (const SolverRow& row : Solvers()) {
    if (fits(row)) names.push_back(absl::AsciiStrToUpper(row.word));
  }
  return Alternatives(names);
}

}  // namespace actionmatch
