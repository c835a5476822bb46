// Fixed steps: all points of a tile go together, in equal steps from the start to the end of a side.

#ifndef ACTIONMATCH_CORE_TRAJECTORY_FIXED_STEPS_H_
#define ACTIONMATCH_CORE_TRAJECTORY_FIXED_STEPS_H_

#include <cstdint>

#include "absl/status/status.h"
#include "core/trajectory/tile_steps.h"

namespace actionmatch {

// Takes rows [first, first + rows) through the frames of `side`, which has at least one. A shorter step of its own
// reaches a frame between two steps, on the same Brownian path. Errors as Integrate.
absl::Status TakeFixedSteps(const Integration& integration, const Side& side, int64_t first, int64_t rows);

}  // namespace actionmatch

#endif  // ACTIONMATCH_CORE_TRAJECTORY_FIXED_STEPS_H_
