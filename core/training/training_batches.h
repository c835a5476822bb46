// TrainingBatches: the samples of a training's steps, one batch after another. The next step's samples are drawn beside
// this step's passes, except where times learn from this step's loss.

#ifndef ACTIONMATCH_CORE_TRAINING_TRAINING_BATCHES_H_
#define ACTIONMATCH_CORE_TRAINING_TRAINING_BATCHES_H_

#include <cstdint>
#include <functional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/path/path.h"

namespace actionmatch {

// Not thread-safe.
class TrainingBatches {
 public:
  // Of all steps before `steps`; `request` says all of a draw but its step. With `draw_ahead`, request.times must not
  // change any more.
  TrainingBatches(const Path& path, const DrawRequest& request, int64_t steps, bool draw_ahead);
  TrainingBatches(const TrainingBatches&) = delete;
  TrainingBatches& operator=(const TrainingBatches&) = delete;

  // Before the first Next, which is for this step. Errors as Path::Prepare.
  absl::Status Begin(int64_t step);
  // What path.Draw answers for this step, one after the step before; valid until the next call. Errors as
  // Path::Prepare.
  absl::StatusOr<const PathBatch*> Next(int64_t step);
  // Draws the batch of the next step: for TrainingStep::Take, which calls it once while it works on this one. Empty
  // where nothing is drawn ahead.
  const std::function<void()>& beside() const { return beside_; }

 private:
  const Path& path_;
  DrawRequest request_;
  const int64_t steps_;
  const bool draw_ahead_;
  PathBatch batch_;
  PathBatch next_;  // drawn ahead
  std::function<void()> beside_;
};

}  // namespace actionmatch

#endif  // ACTIONMATCH_CORE_TRAINING_TRAINING_BATCHES_H_
