// TrainingRows: a dataset's rows as one training run uses them: split, with units and masses. This is the one place
// where rows are held out: scaling, path and training never see the others.

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
  // With times and masses. All rows; or of stored rows some of each snapshot, spread evenly, to choose a path by.
  Snapshots rows;
  Standardisation standardisation;
  std::shared_ptr<const RowWindows> windows;  // of stored rows; null where `rows` is all
};

// A held-out snapshot and the rows that are pushed to it: at most 1000 of each, spread evenly, of those present.
struct Push {
  Snapshot source;
  Snapshot observed;
  Subset subset;
  int64_t source_present;
  int64_t observed_present;
};

struct PreparedRows {
  TrainingRows choosing;              // the training rows
  std::optional<TrainingRows> refit;  // and with the validation rows, where those choose and are then trained on
  std::vector<Push> pushes;
};

// `spec` must be resolved and valid for these rows. FAILED_PRECONDITION, naming the time, if the hold-out leaves a time
// that is not in test_times no row to train on that weighs anything, or as RelateMasses and CheckUnits.
absl::StatusOr<PreparedRows> PrepareRows(const TrainSpec& spec, const Snapshots& all);

// The same of rows that stay in their files, up to rounding in the units: reads all of them once. `on_progress`, which
// may be empty, hears the fraction done, and its error ends the work and is returned.
absl::StatusOr<PreparedRows> PrepareRows(const TrainSpec& spec, std::shared_ptr<const StoredRows> all,
                                         const WindowOptions& options,
                                         const std::function<absl::Status(double fraction)>& on_progress);

// What only the split can tell: of a time's rows, those to train on must weigh something. Else FAILED_PRECONDITION.
absl::Status CheckTrainedWeight(double time, double sum);

// Of held-out snapshots, in training.
inline constexpr int64_t kMaxScoredRows = 1000;

}  // namespace actionmatch

#endif  // ACTIONMATCH_CORE_SNAPSHOTS_TRAINING_ROWS_H_
