// Ot: curves between pairs of an exact optimal-transport plan of the dynamics' cost (path.h).

#include <utility>
#include <vector>

#include "core/path/curve_path.h"
#include "core/path/path_kind.h"
#include "core/transport/exact_transport.h"

namespace actionmatch {
namespace {

absl::StatusOr<std::unique_ptr<const Path>> Make(const PathInputs& inputs) {
  const auto plan = [&](const Snapshot& from, const Snapshot& to,
                        const TransportBlocks& blocks) -> absl::StatusOr<PairPlan> {
    // The plan may be computed in data units: a common scale changes no plan.
    const absl::StatusOr<TransportPlan> plan =
        BlockTransport(from.points, from.weights, to.points, to.weights, inputs.dynamics.cost.power, blocks);
    if (!plan.ok()) return plan.status();
    return PairPlan{plan->from, plan->to, Discrete(plan->mass), {}, {}};
  };
  absl::StatusOr<std::vector<PairPlan>> plans = PlanIntervals(inputs, plan);
  if (!plans.ok()) return plans.status();
  return MakeCurvePath(inputs, *std::move(plans));
}

// AUTO comes to this kind if nothing speaks for another.
Verdict Choose(const TrainSpec& /*spec*/, const Snapshots& /*train*/) { return {true}; }

}  // namespace

PathKind OtPath() { return {PathSpec::Kind::kOt, /*plans=*/true, Make, Choose}; }

}  // namespace actionmatch
