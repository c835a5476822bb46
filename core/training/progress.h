// Progress: what a training run reports to its caller, and TrainerHooks: the functions by which the caller hears it and
// decides.

#ifndef ACTIONMATCH_CORE_TRAINING_PROGRESS_H_
#define ACTIONMATCH_CORE_TRAINING_PROGRESS_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "core/metrics/snapshot_score.h"

namespace actionmatch {

enum class Phase { kPath, kTraining };

// Fields as in actionmatch/v1/job.proto. Loss, norm and seconds are means over the steps since the last report.
struct Progress {
  int member = 0;
  int64_t step = 0;  // over all members, as total_steps
  int64_t total_steps = 0;
  double loss = 0;
  double gradient_norm = 0;
  double learning_rate = 0;
  double step_seconds = 0;
  std::vector<SnapshotScore> scores;
  int64_t selected_step = 0;
  double selected_distance = 0;
};

// The functions that a training run calls. All are called on the thread that runs the training, never two at once; any
// may be empty. An error of one ends the run, which returns that error.
struct TrainerHooks {
  std::function<absl::Status(Phase phase, double fraction)> on_phase;
  std::function<absl::Status()> before_step;                 // for a cancel or a lost lease
  std::function<absl::Status(const Progress&)> on_progress;  // every evaluation_interval steps and at the end
  std::function<absl::Status(const std::string& bytes, int64_t step)> on_checkpoint;  // every checkpoint_interval steps
};

}  // namespace actionmatch

#endif  // ACTIONMATCH_CORE_TRAINING_PROGRESS_H_
