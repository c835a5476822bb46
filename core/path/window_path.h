// The path between snapshots whose rows stay in their files: draws from one window of rows (row_windows.h) after
// another.

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
//   kinds without plans  as many rows as memory allows; a window serves until each row was drawn kDrawsOfARow times in
//                        the mean
//   kinds with plans     at most kPlanBlocks blocks of plan_points rows, since their plan must be computed; a window
//                        serves as long as without plans, but at least a kPlanWindows-th of the training
struct WindowSchedule {
  static constexpr int64_t kDrawsOfARow = 2;
  static constexpr int64_t kPlanBlocks = 4;
  static constexpr int64_t kPlanWindows = 8;

  int64_t rows = 1;   // of each snapshot
  int64_t steps = 1;  // that each window serves
  int64_t total = 1;  // of the training; no window is read for later steps
};
// The kind of `path` must not be kAuto.
WindowSchedule MakeSchedule(const PathSpec& path, const TrainingSpec& training, int64_t window_rows);

// A path that draws, at each step, from MakePath's path for the rows of the step's window. Computes the first window's
// plans before it returns, with `on_progress` as in MakePath. Each later window is computed on a thread of its own
// while the window before it serves, and the Prepare of its first step waits for it. The draws of a step need its
// Prepare; a Prepare may not run beside a Draw.
absl::StatusOr<std::unique_ptr<const Path>> MakeWindowPath(
    const PathSpec& spec, const Dynamics& dynamics, std::shared_ptr<const RowWindows> windows,
    const Standardisation& standardisation, const WindowSchedule& schedule, uint64_t seed,
    const std::function<absl::Status(double fraction)>& on_progress);

}  // namespace actionmatch

#endif  // ACTIONMATCH_CORE_PATH_WINDOW_PATH_H_
