// Pushes points along a motion: dx = v(t, x) dt + sigma(t) dW, d log(weight) = growth dt; without noise forwards or
// backwards in time.

#ifndef ACTIONMATCH_CORE_TRAJECTORY_INTEGRATE_H_
#define ACTIONMATCH_CORE_TRAJECTORY_INTEGRATE_H_

#include <cstdint>
#include <functional>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "core/points.h"

namespace actionmatch {

struct Tableau;

struct Trajectory {
  std::vector<double> times;                     // [F], as asked
  std::vector<Points> points;                    // [F] of [N, D], data units
  std::vector<std::vector<double>> log_weights;  // [F] of [N], 0 at the start
};

struct IntegrateOptions {
  // kAuto: kDopri5 without noise, kStochasticHeun with. Where there is noise, only the last two: a drift alone does not
  // move the population.
  enum class Method { kAuto, kEuler, kHeun, kRk4, kDopri5, kEulerMaruyama, kStochasticHeun };
  Method method = Method::kAuto;
  int steps = 100;          // fixed-step methods: from the start time to the furthest asked time on each side
  double tolerance = 1e-5;  // kDopri5: the largest local error of a step, root mean square over components, in units of
                            // `scale`, and of the log-weight, which has none; controlled for each point on its own
  uint64_t seed = 0;        // of the noise
  int64_t first_row = 0;    // row i draws the noise and directions of row first_row + i
  int threads = 1;
  int64_t max_steps = 100000;  // kDopri5, for each point; RESOURCE_EXHAUSTED beyond
  // Asked before each step of each tile, from any of the threads; its error, if any, ends the work and is returned.
  std::function<absl::Status()> before_step;
};

// v(t, x): t: [B], x: [B, D] (row-major) -> velocity [B, D], growth [B], of rows first_row on, which only estimates by
// random directions need to know. Called from several threads at once.
using VelocityFunction = std::function<void(int64_t first_row, absl::Span<const double> t, absl::Span<const double> x,
                                            absl::Span<double> velocity, absl::Span<double> growth)>;

// A step of a Runge-Kutta method for each row, at its own time and with its own length.
struct StepRows {
  absl::Span<const double> state;  // [B, D + 1], the last column the log-weight
  absl::Span<const double> t, h;   // [B]
  absl::Span<const double> noise;  // [B, D], what the whole step gains, of which stage s feels the share c_s; or empty
};
// The method's stages k (steppers.h), velocity and growth, into `stages`, [S] of [B, D + 1]. Called from several
// threads at once; `method` is one of steppers.h's own, which last.
using StagesFunction =
    std::function<void(const Tableau& method, const StepRows& rows, std::vector<std::vector<double>>* stages)>;

// Frames exactly at `times`, in their order, which may lie on either side of start_time. With fixed steps a frame
// between two steps is reached by a shorter step of its own, so frames do not change the trajectory; kDopri5 uses dense
// output. Points are worked in tiles of the motion's rows, one tile a thread: a point's trajectory does not depend on
// the others, on their number or on threads. Noise is a function of (seed, row, step); a frame between two steps lies
// on the same Brownian path as the step.
inline constexpr int64_t kTileRows = 256;

// Any law of motion: a field's (field/field_motion.h, field/device_motion.h), or the closed forms of tests.
struct Motion {
  VelocityFunction velocity;
  StagesFunction stages;                  // in place of velocity, where a step is best worked out at once
  double scale = 1;                       // length unit of the tolerance
  double span = 1;                        // time unit of the first trial step
  std::function<double(double)> sigma;    // of t, linear between the ends of a step; empty: no noise
  int64_t tile_rows = kTileRows;          // points to work on at once
  std::function<void()> on_thread_start;  // called first by each thread that works on tiles; may be empty
};
// INVALID_ARGUMENT for an empty start, no times, times that are not finite or a method that does not fit; with noise,
// also for times before the start, since no score is known that would take the noise back. OUT_OF_RANGE, naming point
// and time, if the motion is not finite on the way.
absl::StatusOr<Trajectory> Integrate(const Motion& motion, const Points& start, double start_time,
                                     absl::Span<const double> times, const IntegrateOptions& options);

// The first of these errors that shows before any step.
absl::Status CheckIntegration(const Motion& motion, const Points& start, double start_time,
                              absl::Span<const double> times, const IntegrateOptions& options);

}  // namespace actionmatch

#endif  // ACTIONMATCH_CORE_TRAJECTORY_INTEGRATE_H_
