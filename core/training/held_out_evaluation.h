// Held-out evaluation: pushes held-out snapshots through a field in training, and measures where they land.

#ifndef ACTIONMATCH_CORE_TRAINING_HELD_OUT_EVALUATION_H_
#define ACTIONMATCH_CORE_TRAINING_HELD_OUT_EVALUATION_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "core/field/field.h"
#include "core/metrics/snapshot_score.h"
#include "core/snapshots/training_rows.h"

namespace actionmatch {

struct HeldOutOptions {
  uint64_t member_seed = 0;  // recorded in the scores
  int threads = 1;
  // Empty, or one score for each push, from the time when validation rows chose the parameters. Pushes of validation
  // rows keep these scores, since the field is now trained on their rows.
  absl::Span<const SnapshotScore> chosen;
};

struct HeldOutEvaluation {
  std::vector<SnapshotScore> scores;  // one for each push, in their order
  // The mean W1 over the pushes of validation rows, infinite if one of them lands nowhere. Not set without such pushes.
  std::optional<double> validation_distance;
};

// Measures each push by itself: neither the number of threads nor the other pushes change a bit of its score. A push
// that fails (rows too far for finite distances, or without weight) scores infinite distances, so nonsense in held-out
// rows ends no training. RESOURCE_EXHAUSTED if not one thread can be had.
absl::StatusOr<HeldOutEvaluation> EvaluateHeldOut(const Field& field, absl::Span<const Push> pushes,
                                                  const HeldOutOptions& options);

}  // namespace actionmatch

#endif  // ACTIONMATCH_CORE_TRAINING_HELD_OUT_EVALUATION_H_
