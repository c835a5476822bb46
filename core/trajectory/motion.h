// Motion: any law by which points move, dx = v(t, x) dt + sigma(t) dW, d log(weight) = growth dt. field/field_motion.h
// and field/device_motion.h make a field's motion; tests have closed forms.

#ifndef ACTIONMATCH_CORE_TRAJECTORY_MOTION_H_
#define ACTIONMATCH_CORE_TRAJECTORY_MOTION_H_

#include <cstdint>
#include <functional>
#include <vector>

#include "absl/types/span.h"
#include "core/trajectory/tableau.h"

namespace actionmatch {

// v(t, x): takes t [B] and x [B, D] (row-major), fills in velocity [B, D] and growth [B], for rows first_row on. Only
// estimates by random directions need first_row. Called from several threads at once.
using VelocityFunction = std::function<void(int64_t first_row, absl::Span<const double> t, absl::Span<const double> x,
                                            absl::Span<double> velocity, absl::Span<double> growth)>;

// One step of a Runge-Kutta method for each row, at the row's own time and with its own length.
struct StepRows {
  absl::Span<const double> state;  // [B, D + 1], the last column the log-weight
  absl::Span<const double> t, h;   // [B]
  absl::Span<const double> noise;  // [B, D], or empty: the noise of the whole step; stage s feels the share c_s of it
};
// Fills in the method's stages k (tableau.h), velocity and growth; `stages` is [S] of [B, D + 1]. Called from several
// threads at once; `method` belongs to a row of Solvers(), which lasts as long as the program.
using StagesFunction =
    std::function<void(const Tableau& method, const StepRows& rows, std::vector<std::vector<double>>* stages)>;

inline constexpr int64_t kTileRows = 256;

struct Motion {
  VelocityFunction velocity;
  StagesFunction stages;                  // in place of velocity, if a step is best computed at once
  double scale = 1;                       // length unit of the tolerance
  double span = 1;                        // time unit of the first trial step
  std::function<double(double)> sigma;    // sigma(t), linear between the ends of a step; empty: no noise
  int64_t tile_rows = kTileRows;          // points to work on at once
  std::function<void()> on_thread_start;  // each thread that works on tiles calls it first; may be empty
};

}  // namespace actionmatch

#endif  // ACTIONMATCH_CORE_TRAJECTORY_MOTION_H_
