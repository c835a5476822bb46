#include "core/trajectory/solvers.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>
#include <string>

#include "core/trajectory/integrate.h"

namespace actionmatch {
namespace {

TEST(SolversTest, EachMethodHasOneRowAndOneWord) {
  std::set<SolverMethod> methods;
  std::set<std::string> words;
  for (const SolverRow& row : Solvers()) {
    EXPECT_TRUE(methods.insert(row.method).second) << row.word;
    EXPECT_TRUE(words.insert(row.word).second) << row.word;
    EXPECT_EQ(FindSolver(row.word), &row);
    EXPECT_EQ(&SolverOf(row.method, false), &row);
    EXPECT_EQ(&SolverOf(row.method, true), &row);
  }
  EXPECT_EQ(methods.count(SolverMethod::kAuto), 0u);
  // Enumerators count up without gaps from kAuto on.
  EXPECT_EQ(methods.size(), static_cast<size_t>(*methods.rbegin()));
  EXPECT_EQ(FindSolver("auto"), nullptr);
}

TEST(SolversTest, TheDefaultFitsTheNoise) {
  EXPECT_TRUE(SolverOf(SolverMethod::kAuto, true).stochastic);
  EXPECT_FALSE(SolverOf(SolverMethod::kAuto, false).stochastic);
}

TEST(SolversTest, AdaptiveMethodsEstimateTheirErrorAndKnowEachTimeWithinAStep) {
  for (const SolverRow& row : Solvers()) {
    EXPECT_EQ(row.tableau.e.size(), row.adaptive ? row.tableau.c.size() : 0) << row.word;
    EXPECT_EQ(row.tableau.dense.size(), row.adaptive ? row.tableau.c.size() : 0) << row.word;
  }
}

// dx = -x dt, log weight t/2: with half the step the error falls as the tableau's order says; with a tenth of the
// tolerance it falls too.
TEST(SolversTest, EachMethodSolvesADecayToItsOrder) {
  Motion motion;
  motion.velocity = [](auto, auto, absl::Span<const double> x, absl::Span<double> v, absl::Span<double> growth) {
    for (size_t i = 0; i < x.size(); ++i) v[i] = -x[i];
    for (double& g : growth) g = 0.5;
  };
  for (const SolverRow& row : Solvers()) {
    SCOPED_TRACE(row.word);
    motion.sigma = nullptr;
    if (row.stochastic) motion.sigma = [](double) { return 1e-13; };
    const auto error = [&](int steps, double tolerance) {
      IntegrateOptions options;
      options.method = row.method;
      options.steps = steps;
      options.tolerance = tolerance;
      const auto trajectory = Integrate(motion, Points{1, {2}}, 0, {0.3, 1}, options);
      EXPECT_TRUE(trajectory.ok()) << trajectory.status();
      EXPECT_NEAR(trajectory->points[0].values[0], 2 * std::exp(-0.3), 0.1);
      EXPECT_NEAR(trajectory->log_weights[1][0], 0.5, 1e-9);
      return std::abs(trajectory->points[1].values[0] - 2 * std::exp(-1));
    };
    if (row.adaptive) {
      EXPECT_LT(error(1, 1e-4), 1e-3);
      EXPECT_LT(error(1, 1e-8), 1e-2 * error(1, 1e-4));
    } else {
      EXPECT_NEAR(std::log2(error(16, 1) / error(32, 1)), row.tableau.order, 0.15);
    }
  }
}

TEST(SolversTest, NamesAreThoseOfTheApi) {
  EXPECT_EQ(SolverNames([](const SolverRow& row) { return row.stochastic; }), "EULER_MARUYAMA or STOCHASTIC_HEUN");
}

}  // namespace
}  // namespace actionmatch
