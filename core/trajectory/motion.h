// Motion: any law by which points move, dx = v(t, x) dt + sigma(t) dW, d log(weight) = growth dt. A field's is made by
// field/field_motion.h and field/device_motion.h; tests have closed forms.

#ifndef ACTIONMATCH_CORE_TRAJECTORY_MOTION_H_
#define ACTIONMATCH_CORE_TRAJECTORY_MOTION_H_

#include <cstdint>
#include <functional>
#include <vector>

#include "absl/types/span.h"
#include "core/trajectory/tableau.h"

namespace actionmatch {

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
// The method's stages k (tableau.h), velocity and growth, into `stages`, [S] of [B, D + 1]. Called from several threads
// at once; `method` is that of a row of Solvers(), which lasts as long as the program.
using StagesFunction =
    std::function<void(const Tableau& method, const StepRows& rows, std::vector<std::vector<double>>* stages)>;

inline constexpr int64_t kTileRows = 256;

struct Motion {
  VelocityFunction velocity;
  StagesFunction stages;                  // in place of velocity, where a step is best worked out at once
  double scale = 1;                       // length unit of the tolerance
  double span = 1;                        // time unit of the first trial step
  std::function<double(double)> sigma;    // of t, linear between the ends of a step; empty: no noise
  int64_t tile_rows = kTileRows;          // points to work on at once
  std::function<void()> on_thread_start;  // called first by each thread that works on tiles; may be empty
};

}  // namespace actionmatch

#endif  // ACTIONMATCH_CORE_TRAJECTORY_MOTION_H_
