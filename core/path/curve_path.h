// Curve paths: y = (1-u) y_k + u y_{k+1} + scatter (path.h), between the points of pairs.

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

// Pairs that couple snapshots k and k + 1: entry e is drawn with its share of `pairs`, and weighs
// exp((1-u) log_start[e] + u log_end[e]).
struct PairPlan {
  std::vector<int32_t> from;
  std::vector<int32_t> to;
  Discrete pairs;
  std::vector<float> log_start;  // empty: log m_k
  std::vector<float> log_end;    // empty: log m_{k+1}
};

// The plan of each interval, k = 0, 1, ...: what `plan` makes of its two snapshots. inputs.on_progress hears the
// fraction of all plans. The first error ends the work.
absl::StatusOr<std::vector<PairPlan>> PlanIntervals(
    const PathInputs& inputs, const std::function<absl::StatusOr<PairPlan>(const Snapshot& from, const Snapshot& to,
                                                                           const TransportBlocks& blocks)>& plan);

// Independent pairs where `plans` is empty; otherwise plans[k] couples snapshots k and k + 1. Scatter is that of
// inputs.spec's bridge.
std::unique_ptr<const Path> MakeCurvePath(const PathInputs& inputs, std::vector<PairPlan> plans);

}  // namespace actionmatch

#endif  // ACTIONMATCH_CORE_PATH_CURVE_PATH_H_
