#include "core/training/held_out_evaluation.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "core/device/device.h"
#include "core/field/field_score.h"
#include "core/field/sample.h"
#include "core/parallel.h"

namespace actionmatch {
namespace {

constexpr int kPushSteps = 10;        // RK4 steps between neighbouring snapshots
constexpr int kMaxPushesAtOnce = 16;  // each has a transport plan of some 10 MB

// The score of a push whose rows the field does not carry to the next snapshot at all.
SnapshotScore Unreachable(const Push& push, uint64_t split_seed) {
  SnapshotScore score;
  score.split_seed = split_seed;
  score.time = push.observed.time;
  score.source_time = push.source.time;
  score.subset = push.subset;
  score.pushed_count = push.source.points.count();
  score.observed_count = push.observed.points.count();
  score.w1 = score.w2 = score.mmd2 = std::numeric_limits<double>::infinity();
  return score;
}

SnapshotScore Evaluate(const Field& field, const Push& push, const SampleOptions& integrate, uint64_t member_seed) {
  absl::StatusOr<SnapshotScore> pushed = ScorePush(field, push.source, push.observed, push.subset, integrate);
  const bool reached = pushed.ok() && std::isfinite(pushed->w1);
  SnapshotScore score = reached ? *std::move(pushed) : Unreachable(push, field.provenance().spec.seed);
  score.member_seeds = {member_seed};
  score.pushed_present = push.source_present;
  score.observed_present = push.observed_present;
  return score;
}

std::optional<double> ValidationDistance(const std::vector<SnapshotScore>& scores) {
  double distance = 0;
  int validated = 0;
  for (const SnapshotScore& score : scores) {
    if (score.subset != Subset::kValidation) continue;
    distance += score.w1;
    ++validated;
  }
  if (validated == 0) return std::nullopt;
  return distance / validated;
}

}  // namespace

absl::StatusOr<HeldOutEvaluation> EvaluateHeldOut(const Field& field, absl::Span<const Push> pushes,
                                                  const HeldOutOptions& options) {
  SampleOptions integrate;
  if (!field.dynamics().HasNoise()) integrate.method = IntegrateOptions::Method::kRk4;
  integrate.steps = kPushSteps;
  const int at_once = std::min({options.threads, kMaxPushesAtOnce, std::max(1, static_cast<int>(pushes.size()))});
  integrate.threads = options.threads / at_once;
  HeldOutEvaluation evaluation;
  evaluation.scores.resize(pushes.size());
  const absl::Status status = ParallelFor(
      at_once, static_cast<int64_t>(pushes.size()),
      [&](int64_t i) {
        const bool keep = !options.chosen.empty() && pushes[i].subset == Subset::kValidation;
        evaluation.scores[i] = keep ? options.chosen[i] : Evaluate(field, pushes[i], integrate, options.member_seed);
        return absl::OkStatus();
      },
      UseOneTorchThread);
  if (!status.ok()) return status;
  evaluation.validation_distance = ValidationDistance(evaluation.scores);
  return evaluation;
}

}  // namespace actionmatch
