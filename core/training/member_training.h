// MemberTraining: the training of one member of a field. The member is trained on the training rows, and validation
// rows choose the parameters that it serves. If the run refits, the member is then trained once more, for as many steps
// as were chosen, on the validation rows too.

#ifndef ACTIONMATCH_CORE_TRAINING_MEMBER_TRAINING_H_
#define ACTIONMATCH_CORE_TRAINING_MEMBER_TRAINING_H_

#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/path/path.h"
#include "core/path/time_sampler.h"
#include "core/training/checkpoint.h"
#include "core/training/progress.h"
#include "core/training/training_batches.h"
#include "core/training/training_run.h"
#include "core/training/training_step.h"

namespace actionmatch {

// Not thread-safe.
class MemberTraining {
 public:
  // Stands before the first step of member 0, 1, ...; `run` must outlive this object.
  MemberTraining(const TrainingRun& run, int member);

  // The state that a checkpoint keeps of the member; shares its tensors.
  MemberState state() const;
  // Goes on from a state of the same run and member. Call before Run. DATA_LOSS, naming the part, if the state does not
  // fit; this object may then only be destroyed.
  absl::Status Restore(MemberState state);

  // Trains from the present state to the end, on the paths of MakePaths, and returns the parameters to serve. `save`
  // makes the bytes that hooks.on_checkpoint hears. Returns errors of hooks and paths, and INTERNAL if training
  // diverged.
  absl::StatusOr<ServedMember> Run(const std::vector<std::unique_ptr<const Path>>& paths, const TrainerHooks& hooks,
                                   const std::function<std::string()>& save);

 private:
  // Starts the training that choice_ asks for.
  void Begin();
  absl::Status TrainOnce(const Path& path, const TrainerHooks& hooks, const std::function<std::string()>& save);
  // Takes one step. The means in `progress` are over `counted` steps, this one included.
  absl::Status Step(TrainingBatches* batches, int64_t counted, Progress* progress);
  absl::Status Report(const TrainerHooks& hooks, Progress* progress);
  // Measures the averaged parameters on the held-out rows, and keeps them if they are the best so far.
  absl::StatusOr<std::vector<SnapshotScore>> Evaluate();
  // Whether parameters with this distance, not set if no validation rows judge, take the place of the best so far.
  bool IsBest(int64_t step, std::optional<double> distance) const;

  // These three are about the training under way.
  bool refitting() const { return choice_.has_value(); }
  const TrainingRows& rows() const { return refitting() ? *run_.rows.refit : run_.rows.choosing; }
  int64_t steps() const { return refitting() ? choice_->step : run_.spec().training.steps; }
  // The number of steps of the run that are done after `step` steps of the training under way. A shorter training
  // starts later, so that all trainings end together.
  int64_t StepOfRun(int64_t step) const;

  const TrainingRun& run_;
  const int member_;
  std::unique_ptr<TrainingStep> step_;
  TimeSampler times_;
  std::optional<ServedMember> choice_;  // the choice of the validation rows, while the member is trained once more
  std::optional<ServedMember> best_;    // the best so far in the training under way; empty until there is one
  double best_distance_ = std::numeric_limits<double>::infinity();
};

}  // namespace actionmatch

#endif  // ACTIONMATCH_CORE_TRAINING_MEMBER_TRAINING_H_
