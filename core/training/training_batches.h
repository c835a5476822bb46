// TrainingBatches: the samples of a training's steps, one batch after another. The samples of the next step are drawn
// beside the passes of this step, unless times learn from this step's loss.

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
  // The batches of all steps before `steps`; `request` holds everything that a draw needs except its step. With
  // `draw_ahead`, request.times must not change any more.
  TrainingBatches(const Path& path, const DrawRequest& request, int64_t steps, bool draw_ahead);
  TrainingBatches(const TrainingBatches&) = delete;
  TrainingBatches& operator=(const TrainingBatches&) = delete;

  // Call before the first Next, with the step of that Next. Errors as Path::Prepare.
  absl::Status Begin(int64_t step);
  // The batch that path.Draw makes for this step, which must follow the step of the call before. Valid until the next
  // call. Errors as Path::Prepare.
  absl::StatusOr<const PathBatch*> Next(int64_t step);
  // Draws the batch of the next step. For TrainingStep::Take, which calls it once while it works on this step. Empty if
  // nothing is drawn ahead.
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
