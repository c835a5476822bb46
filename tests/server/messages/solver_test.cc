#include "server/messages/solver.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/ascii.h"
#include "core/trajectory/solvers.h"

namespace actionmatch {
namespace {

using ::testing::HasSubstr;
using Method = v1::Solver::Method;

v1::Solver With(Method method) {
  v1::Solver solver;
  solver.set_method(method);
  return solver;
}

// A method of the API without a row, or a row that no caller can ask for, fails here.
TEST(SolverTest, TheMethodsOfTheApiAreTheRowsOfTheCore) {
  const auto& values = *v1::Solver::Method_descriptor();
  EXPECT_EQ(static_cast<size_t>(values.value_count()), Solvers().size() + 1);  // and UNSPECIFIED
  for (int i = 0; i < values.value_count(); ++i) {
    if (values.value(i)->number() == v1::Solver::METHOD_UNSPECIFIED) continue;
    v1::Solver solver = With(static_cast<Method>(values.value(i)->number()));
    solver.set_steps(7);
    absl::StatusOr<SampleOptions> options = ToOptions(solver, {});
    if (!options.ok()) {
      solver.set_tolerance(1e-3);
      options = ToOptions(solver, {});
    }
    ASSERT_TRUE(options.ok()) << options.status();
    EXPECT_EQ("METHOD_" + absl::AsciiStrToUpper(SolverOf(options->method, false).word), values.value(i)->name());
  }
}

TEST(SolverTest, TheDefaultGoesWithWhatElseIsSet) {
  Dynamics noisy;
  noisy.sigma = 1;
  v1::Solver steps, tolerance;
  steps.set_steps(20);
  tolerance.set_tolerance(1e-4);
  const auto method = [](const v1::Solver& solver, const Dynamics& dynamics) {
    return SolverOf(ToOptions(solver, dynamics)->method, dynamics.HasNoise()).method;
  };
  EXPECT_EQ(method({}, {}), SolverMethod::kDopri5);
  EXPECT_EQ(method(tolerance, {}), SolverMethod::kDopri5);
  EXPECT_EQ(method(steps, {}), SolverMethod::kRk4);
  EXPECT_EQ(method({}, noisy), SolverMethod::kStochasticHeun);
  EXPECT_EQ(method(steps, noisy), SolverMethod::kStochasticHeun);
  EXPECT_EQ(ToOptions(steps, {})->steps, 20);
  EXPECT_EQ(ToOptions(tolerance, {})->tolerance, 1e-4);
}

TEST(SolverTest, WhatDoesNotGoTogetherIsNamed) {
  const auto message = [](const v1::Solver& solver) { return std::string(ToOptions(solver, {}).status().message()); };
  EXPECT_EQ(message(With(static_cast<Method>(99))),
            "solver.method is 99, which is not known: use EULER, HEUN, RK4, DOPRI5, EULER_MARUYAMA or STOCHASTIC_HEUN");
  v1::Solver solver = With(v1::Solver::METHOD_DOPRI5);
  solver.set_steps(3);
  EXPECT_THAT(message(solver), HasSubstr("DOPRI5 chooses its own"));
  EXPECT_THAT(message(With(v1::Solver::METHOD_RK4)), HasSubstr("solver.steps is required for METHOD_RK4"));
  solver = With(v1::Solver::METHOD_HEUN);
  solver.set_tolerance(0.1);
  EXPECT_THAT(message(solver), HasSubstr("METHOD_HEUN, which has no tolerance"));
  solver.set_steps(0);
  EXPECT_THAT(message(solver), HasSubstr("1 to 1000000, is 0"));
  solver = With(v1::Solver::METHOD_DOPRI5);
  solver.set_tolerance(2);
  EXPECT_THAT(message(solver), HasSubstr("1e-10 to 1, is 2"));
}

}  // namespace
}  // namespace actionmatch
