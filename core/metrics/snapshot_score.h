// SnapshotScore: how far points pushed to a snapshot land from the points observed there.

#ifndef ACTIONMATCH_CORE_METRICS_SNAPSHOT_SCORE_H_
#define ACTIONMATCH_CORE_METRICS_SNAPSHOT_SCORE_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "core/snapshots/snapshots.h"
#include "core/words.h"

namespace actionmatch {

// How w1 and w2 were measured: exactly, or by SlicedWasserstein (distances.h).
enum class Distance { kExact, kSliced };
constexpr auto WordsOf(Distance) {
  return WordTable<Distance, 2>{{{Distance::kExact, "exact"}, {Distance::kSliced, "sliced"}}};
}

// The members are the fields of actionmatch/v1/metrics.proto. Distances are in data units.
struct SnapshotScore {
  double time = 0;
  double source_time = 0;
  Subset subset = Subset::kAll;
  int64_t pushed_count = 0;
  int64_t observed_count = 0;
  int64_t pushed_present = 0;  // in the subset; more than pushed_count if training scores a thinned snapshot
  int64_t observed_present = 0;
  Distance distance = Distance::kExact;
  uint64_t split_seed = 0;
  std::optional<uint64_t> floor_seed;
  std::vector<uint64_t> member_seeds;
  double w1 = 0;  // the mean over members, as are w2 and mmd2
  double w2 = 0;
  double w1_error_bound = 0;
  double w2_error_bound = 0;
  double mmd2 = 0;
  int members = 1;
  double w1_deviation = 0;  // standard deviation over members (n - 1)
  double w2_deviation = 0;
  double mass = 1;                      // of the pushed points, relative to their start
  std::optional<double> observed_mass;  // of the snapshots, relative to the source; if the field has masses
  double effective_sample_size = 0;     // of the pushed weights
  std::optional<double> copy_w1;
  std::optional<double> copy_w2;
  std::optional<double> floor_w1;
  std::optional<double> floor_w2;
  int64_t floor_pushed_count = 0;
  int64_t floor_observed_count = 0;
};

// The mean over members of their scores, which have the same times and subsets in the same order. `members` is not
// empty.
std::vector<SnapshotScore> MeanScores(const std::vector<std::vector<SnapshotScore>>& members);

}  // namespace actionmatch

#endif  // ACTIONMATCH_CORE_METRICS_SNAPSHOT_SCORE_H_
