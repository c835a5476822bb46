// Curve paths: y = (1-u) y_k + u y_{k+1} + scatter (path.h), between the two points of a pair.

#ifndef ACTIONMATCH_CORE_PATH_CURVE_PATH_H_
#define ACTIONMATCH_CORE_PATH_CURVE_PATH_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "core/path/discrete.h"
#include "core/path/path.h"
#include "core/path/path_kind.h"
#include "core/snapshots/snapshots.h"
#include "core/transport/transport_blocks.h"

namespace actionmatch {

// Pairs that couple snapshots k and k + 1. Entry e is drawn with its share of `pairs`, and weighs
// exp((1-u) log_start[e] + u log_end[e]).
struct PairPlan {
  std::vector<int32_t> from;
  std::vector<int32_t> to;
  Discrete pairs;
  std::vector<float> log_start;  // empty: log m_k
  std::vector<float> log_end;    // empty: log m_{k+1}
};

// Plans each interval, k = 0, 1, ...: calls `plan` on its two snapshots. inputs.on_progress hears the fraction done of
// all plans. The first error ends the work and is returned.
absl::StatusOr<std::vector<PairPlan>> PlanIntervals(
    const PathInputs& inputs, const std::function<absl::StatusOr<PairPlan>(const Snapshot& from, const Snapshot& to,
                                                                           const TransportBlocks& blocks)>& plan);

// Without plans the pairs are independent; otherwise plans[k] couples snapshots k and k + 1. The bridge of inputs.spec
// scatters the curves.
std::unique_ptr<const Path> MakeCurvePath(const PathInputs& inputs, std::vector<PairPlan> plans);

}  // namespace actionmatch

#endif  // ACTIONMATCH_CORE_PATH_CURVE_PATH_H_
