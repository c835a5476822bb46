// Trajectory: points at the times that were asked for. IntegrateOptions: how they are integrated.

#ifndef ACTIONMATCH_CORE_TRAJECTORY_TRAJECTORY_H_
#define ACTIONMATCH_CORE_TRAJECTORY_TRAJECTORY_H_

#include <cstdint>
#include <functional>
#include <vector>

#include "absl/status/status.h"
#include "core/points.h"
#include "core/trajectory/solvers.h"

namespace actionmatch {

struct Trajectory {
  std::vector<double> times;                     // [F], as asked
  std::vector<Points> points;                    // [F] of [N, D], data units
  std::vector<std::vector<double>> log_weights;  // [F] of [N], 0 at the start
};

struct IntegrateOptions {
  using Method = SolverMethod;
  // kAuto: kDopri5 without noise, kStochasticHeun with noise. With noise only stochastic methods are allowed: a drift
  // alone does not move the population.
  Method method = Method::kAuto;
  int steps = 100;          // fixed-step methods: from the start time to the furthest asked time on each side
  double tolerance = 1e-5;  // adaptive methods: the largest local error of a step, root mean square over components, in
                            // units of the motion's `scale`, and of the log-weight, which has none; controlled for each
                            // point on its own
  uint64_t seed = 0;        // for the noise
  int64_t first_row = 0;    // row i draws the noise and directions of row first_row + i
  int threads = 1;
  int64_t max_steps = 100000;  // adaptive methods, for each point; RESOURCE_EXHAUSTED beyond
  // Called before each step of each tile, from any of the threads; its error, if any, ends the work and is returned.
  std::function<absl::Status()> before_step;
};

}  // namespace actionmatch

#endif  // ACTIONMATCH_CORE_TRAJECTORY_TRAJECTORY_H_
