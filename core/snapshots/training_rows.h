// TrainingRows: a dataset's rows as one training run uses them: split, with units and masses. Rows are held out here
// alone: scaling, path and training never see the held-out rows.

#ifndef ACTIONMATCH_CORE_SNAPSHOTS_TRAINING_ROWS_H_
#define ACTIONMATCH_CORE_SNAPSHOTS_TRAINING_ROWS_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/snapshots/row_windows.h"
#include "core/snapshots/snapshots.h"
#include "core/snapshots/stored_rows.h"
#include "core/spec/spec.h"

namespace actionmatch {

// The rows that one training sees, and their units.
struct TrainingRows {
  // With times and masses. All rows; for stored rows only some of each snapshot, spread evenly, to choose a path by.
  Snapshots rows;
  Standardisation standardisation;
  std::shared_ptr<const RowWindows> windows;  // of the stored rows; null if `rows` has all rows
};

// A held-out snapshot and the rows that are pushed to it: at most 1000 of the rows present at each, spread evenly.
struct Push {
  Snapshot source;
  Snapshot observed;
  Subset subset;
  int64_t source_present;
  int64_t observed_present;
};

struct PreparedRows {
  TrainingRows choosing;              // the training rows
  std::optional<TrainingRows> refit;  // training and validation rows, if the latter choose and are then trained on
  std::vector<Push> pushes;
};

// `spec` must be resolved and valid for these rows. FAILED_PRECONDITION, naming the time, if the hold-out leaves a time
// that is not in test_times without a row to train on that has weight; otherwise errors as RelateMasses and CheckUnits.
absl::StatusOr<PreparedRows> PrepareRows(const TrainSpec& spec, const Snapshots& all);

// As above, for rows that stay in their files, up to rounding in the units. Reads all rows once. `on_progress`, which
// may be empty, hears the fraction done, and its error ends the work and is returned.
absl::StatusOr<PreparedRows> PrepareRows(const TrainSpec& spec, std::shared_ptr<const StoredRows> all,
                                         const WindowOptions& options,
                                         const std::function<absl::Status(double fraction)>& on_progress);

// FAILED_PRECONDITION if the rows of a time that are to be trained on have no weight. Only the split can tell this.
absl::Status CheckTrainedWeight(double time, double sum);

// The most rows of a held-out snapshot that training scores.
inline constexpr int64_t kMaxScoredRows = 1000;

}  // namespace actionmatch

#endif  // ACTIONMATCH_CORE_SNAPSHOTS_TRAINING_ROWS_H_
