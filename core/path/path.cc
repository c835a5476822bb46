#include "core/path/path.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/path/knot_path.h"
#include "core/transport/exact_transport.h"
#include "core/transport/unbalanced_transport.h"

namespace actionmatch {

absl::StatusOr<std::unique_ptr<const Path>> MakePath(const PathSpec& spec, const Dynamics& dynamics,
                                                     const Snapshots& train, const Standardisation& standardisation,
                                                     uint64_t seed,
                                                     const std::function<absl::Status(double fraction)>& on_progress) {
  if (train.at.size() < 2) {
    return absl::FailedPreconditionError(
        absl::StrCat("a path needs 2 snapshots or more to train on, has ", train.at.size()));
  }
  std::vector<StandardisedSnapshot> knots = StandardiseAll(train, standardisation);
  if (spec.kind == PathSpec::Kind::kObserved) return MakeObservedPath(std::move(knots), train.dimension);
  std::vector<PairPlan> plans;
  const auto intervals = static_cast<double>(train.at.size() - 1);
  for (size_t k = 0; k + 1 < train.at.size() && spec.kind != PathSpec::Kind::kLinear; ++k) {
    const Snapshot& from = train.at[k];
    const Snapshot& to = train.at[k + 1];
    const Blocks blocks{spec.plan_points, seed, k, [&](double fraction) {
                          return on_progress ? on_progress((static_cast<double>(k) + fraction) / intervals)
                                             : absl::OkStatus();
                        }};
    if (spec.kind == PathSpec::Kind::kUot) {
      UnbalancedProblem problem;
      // The cost's scale only sets what growth costs beside motion.
      problem.lambda = dynamics.lambda * dynamics.cost_scale;
      problem.regularisation = spec.plan_regularisation;
      problem.length = standardisation.scale;
      absl::StatusOr<UnbalancedPlan> plan = UnbalancedTransport({from.points, from.weights, from.mass},
                                                                {to.points, to.weights, to.mass}, problem, blocks);
      if (!plan.ok()) return plan.status();
      plans.push_back({std::move(plan->from), std::move(plan->to), Discrete(plan->density), std::move(plan->log_start),
                       std::move(plan->log_end)});
      continue;
    }
    // Data units do: a common scale changes no plan.
    const absl::StatusOr<TransportPlan> plan =
        BlockTransport(from.points, from.weights, to.points, to.weights, dynamics.cost_power, blocks);
    if (!plan.ok()) return plan.status();
    plans.push_back({plan->from, plan->to, Discrete(plan->mass), {}, {}});
  }
  Bridge bridge{spec.bridge, spec.bridge_noise, spec.Scatters(),
                dynamics.Standardised(standardisation.scale, standardisation.duration)};
  return MakeCurvePath(std::move(knots), std::move(plans), std::move(bridge), train.dimension);
}

}  // namespace actionmatch
