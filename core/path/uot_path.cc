// Uot: curves between pairs of the unbalanced plan that the dynamics' energy fixes (path.h).

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_format.h"
#include "core/path/curve_path.h"
#include "core/path/path_kind.h"
#include "core/transport/unbalanced_transport.h"

namespace actionmatch {
namespace {

constexpr double kDifferentMass = 1.01;

absl::StatusOr<std::unique_ptr<const Path>> Make(const PathInputs& inputs) {
  UnbalancedProblem problem;
  // The cost's scale only sets what growth costs relative to motion.
  problem.lambda = inputs.dynamics.lambda * inputs.dynamics.cost.scale;
  problem.regularisation = inputs.spec.plan_regularisation;
  problem.length = inputs.standardisation.scale;
  const auto plan = [&](const Snapshot& from, const Snapshot& to,
                        const TransportBlocks& blocks) -> absl::StatusOr<PairPlan> {
    absl::StatusOr<UnbalancedPlan> plan =
        UnbalancedTransport({from.points, from.weights, from.mass}, {to.points, to.weights, to.mass}, problem, blocks);
    if (!plan.ok()) return plan.status();
    return PairPlan{std::move(plan->from), std::move(plan->to), Discrete(plan->density), std::move(plan->log_start),
                    std::move(plan->log_end)};
  };
  absl::StatusOr<std::vector<PairPlan>> plans = PlanIntervals(inputs, plan);
  if (!plans.ok()) return plans.status();
  return MakeCurvePath(inputs, *std::move(plans));
}

Verdict Choose(const TrainSpec& spec, const Snapshots& train) {
  const auto less = [](const Snapshot& a, const Snapshot& b) { return a.mass < b.mass; };
  const auto [least, most] = std::minmax_element(train.at.begin(), train.at.end(), less);
  if (most->mass <= kDifferentMass * least->mass) return {};
  return {true, absl::StrFormat("dynamics.lambda is %g and masses differ, by a factor of %.3g", spec.dynamics.lambda,
                                most->mass / least->mass)};
}

}  // namespace

PathKind UotPath() { return {PathSpec::Kind::kUot, /*plans=*/true, Make, Choose}; }

}  // namespace actionmatch
