// The path between snapshots whose rows stay in their files: of one window of rows (row_windows.h) after another.

#ifndef ACTIONMATCH_CORE_PATH_WINDOW_PATH_H_
#define ACTIONMATCH_CORE_PATH_WINDOW_PATH_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/path/path.h"
#include "core/snapshots/row_windows.h"

namespace actionmatch {

// How long a window serves, and how many rows of each snapshot it has.
//
// Kinds without plans: what memory allows, and until each row was drawn kDrawsOfARow times in the mean.
// Kinds that plan:     kPlanBlocks blocks of plan_points, since their plan has to be computed; and until then, too, but
// at
//                      least a kPlanWindows-th of the training
struct WindowSchedule {
  static constexpr int64_t kDrawsOfARow = 2;
  static constexpr int64_t kPlanBlocks = 4;
  static constexpr int64_t kPlanWindows = 8;

  int64_t rows = 1;   // of each snapshot
  int64_t steps = 1;  // of each window
  int64_t total = 1;  // of the training: no window is read for what comes after
};
// For a kind that is not kAuto.
WindowSchedule MakeSchedule(const PathSpec& path, const TrainingSpec& training, int64_t window_rows);

// What MakePath makes of a window's rows at each step; computes the first window's plans before it returns, with
// `on_progress` as there, and each later window on a thread of its own while the one before serves. The draws of a step
// need its Prepare, which waits for that; a Prepare may not run beside a Draw.
absl::StatusOr<std::unique_ptr<const Path>> MakeWindowPath(
    const PathSpec& spec, const Dynamics& dynamics, std::shared_ptr<const RowWindows> windows,
    const Standardisation& standardisation, const WindowSchedule& schedule, uint64_t seed,
    const std::function<absl::Status(double fraction)>& on_progress);

}  // namespace actionmatch

#endif  // ACTIONMATCH_CORE_PATH_WINDOW_PATH_H_
