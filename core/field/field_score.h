// Scores: how far points that are pushed through a field land from the observed points, beside what copying the
// previous snapshot (copy) and a perfect field (floor) would score.

#ifndef ACTIONMATCH_CORE_FIELD_FIELD_SCORE_H_
#define ACTIONMATCH_CORE_FIELD_FIELD_SCORE_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "core/field/field.h"
#include "core/field/sample.h"
#include "core/metrics/snapshot_score.h"
#include "core/snapshots/snapshots.h"

namespace actionmatch {

struct FieldScores {
  std::vector<SnapshotScore> from_previous;  // for each snapshot from the second on: the push there from the one before
  std::vector<SnapshotScore> from_first;     // for each snapshot from the second on: the push there from the first
};

struct ScoreOptions {
  Subset subset = Subset::kAll;
  uint64_t seed = 0;      // of the floor's random parts
  bool baselines = true;  // also compute copy and floor
  int member = -1;        // whose pushes are scored; -1: each member's, and their mean
  // If one distance has more pairs of points than this, all distances of the answer are sliced, so that they can be
  // compared.
  int64_t most_exact_pairs = int64_t{4096} * 4096;
  int threads = 1;
  // Called before each solver step and each transport problem; its error, if any, is returned.
  std::function<absl::Status()> before_step;
};

// A push to a snapshot of the subset starts from the rows of that subset at the earlier time or, if the subset has none
// there (before a whole held-out snapshot), from the training rows. `all` holds every row of every snapshot within the
// field's times (the floor is drawn from them); the rows are split by the field's own spec and seed.
// FAILED_PRECONDITION if the subset leaves no snapshot after the first; INVALID_ARGUMENT if dimensions differ or there
// is no such member.
absl::StatusOr<FieldScores> ScoreField(const Field& field, const Snapshots& all, const ScoreOptions& options);

// Pushes `source` through the field to the time of `observed` and measures how far from it the weighted points land (no
// baselines). RESOURCE_EXHAUSTED, naming the counts, if exact transport is asked for and out of reach.
absl::StatusOr<SnapshotScore> ScorePush(const Field& field, const Snapshot& source, const Snapshot& observed,
                                        Subset subset, const SampleOptions& options,
                                        Distance distance = Distance::kExact);

// The mean W1 and W2 between `repeats` pairs of disjoint random parts of a snapshot, drawn from its points of positive
// weight. The parts have n and m points (scaled down together to fit if n + m exceeds the count of points; the sizes
// used are returned). Not set for a single point.
struct SplitFloor {
  double w1 = 0;
  double w2 = 0;
  int64_t n = 0;
  int64_t m = 0;
};
absl::StatusOr<std::optional<SplitFloor>> ComputeSplitFloor(const Snapshot& snapshot, int64_t n, int64_t m,
                                                            uint64_t seed, int repeats,
                                                            Distance distance = Distance::kExact);

}  // namespace actionmatch

#endif  // ACTIONMATCH_CORE_FIELD_FIELD_SCORE_H_
