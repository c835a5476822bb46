#include "core/training/training_batches.h"

#include <utility>

namespace actionmatch {

TrainingBatches::TrainingBatches(const Path& path, const DrawRequest& request, int64_t steps, bool draw_ahead)
    : path_(path), request_(request), steps_(steps), draw_ahead_(draw_ahead) {
  if (draw_ahead) beside_ = [this] { path_.Draw(request_, &next_); };
}

absl::Status TrainingBatches::Begin(int64_t step) {
  if (!draw_ahead_) return absl::OkStatus();
  request_.step = step;
  const absl::Status status = path_.Prepare(step);
  if (status.ok()) path_.Draw(request_, &next_);
  return status;
}

absl::StatusOr<const PathBatch*> TrainingBatches::Next(int64_t step) {
  request_.step = draw_ahead_ ? step + 1 : step;
  if (request_.step < steps_) {
    const absl::Status status = path_.Prepare(request_.step);
    if (!status.ok()) return status;
  }
  if (draw_ahead_) {
    std::swap(batch_, next_);
  } else {
    path_.Draw(request_, &batch_);
  }
  return &batch_;
}

}  // namespace actionmatch
