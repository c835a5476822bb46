// Adaptive steps: each point of a tile goes by itself, in steps whose error a tolerance bounds; frames come from dense
// output.

#ifndef ACTIONMATCH_CORE_TRAJECTORY_ADAPTIVE_STEPS_H_
#define ACTIONMATCH_CORE_TRAJECTORY_ADAPTIVE_STEPS_H_

#include <cstdint>

#include "absl/status/status.h"
#include "core/trajectory/tile_steps.h"

namespace actionmatch {

// Takes rows [first, first + rows) through the frames of `side`, which has at least one. The solver must be adaptive,
// and the motion without noise. RESOURCE_EXHAUSTED beyond options.max_steps; other errors as Integrate.
absl::Status TakeAdaptiveSteps(const Integration& integration, const Side& side, int64_t first, int64_t rows);

}  // namespace actionmatch

#endif  // ACTIONMATCH_CORE_TRAJECTORY_ADAPTIVE_STEPS_H_
