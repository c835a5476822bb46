// Trainer: one training run, from snapshots to a field, resumable from any of its checkpoints with the same bits.

#ifndef ACTIONMATCH_CORE_TRAINING_TRAINER_H_
#define ACTIONMATCH_CORE_TRAINING_TRAINER_H_

#include <functional>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "core/field/field.h"
#include "core/snapshots/snapshots.h"
#include "core/snapshots/stored_rows.h"
#include "core/spec/spec.h"
#include "core/training/progress.h"
#include "core/training/trainer_options.h"

namespace actionmatch {

struct TrainingRun;    // training_run.h; these three need LibTorch
struct ServedMember;   // checkpoint.h
class MemberTraining;  // member_training.h

// Not thread-safe: one thread owns it.
class Trainer {
 public:
  // `all` holds every row of the dataset up to the job's last batch. Resolves and validates the spec: INVALID_ARGUMENT
  // with all violations; FAILED_PRECONDITION, naming the time, if at some time no row to train on has weight.
  // `provenance` brings the dataset's part; the trainer fills in the rest.
  static absl::StatusOr<std::unique_ptr<Trainer>> Create(const TrainSpec& spec, const Snapshots& all,
                                                         Provenance provenance, const TrainerOptions& options);
  // As above, for rows that stay in their files (row_windows.h). `on_progress`, which may be empty, hears the fraction
  // of the rows that was read, 0 to 1, and its error ends the work and is returned.
  static absl::StatusOr<std::unique_ptr<Trainer>> Create(
      const TrainSpec& spec, std::shared_ptr<const StoredRows> all, Provenance provenance,
      const TrainerOptions& options, const std::function<absl::Status(double fraction)>& on_progress);
  ~Trainer();

  // Continues from a checkpoint's bytes instead of from the start. Call before Run. Errors as LoadCheckpoint
  // (checkpoint.h): DATA_LOSS if the checkpoint is damaged, FAILED_PRECONDITION if it belongs to another spec or
  // dataset content. After an error the trainer may only be destroyed. The checkpoint may come from another device.
  absl::Status Resume(absl::string_view checkpoint);

  // Computes the path and trains to the end. Returns the field with the selected parameters.
  absl::StatusOr<std::shared_ptr<const Field>> Run(const TrainerHooks& hooks);

  const Provenance& provenance() const;  // the choices of path and form are known after Create

 private:
  explicit Trainer(std::unique_ptr<TrainingRun> run);
  // The field of all members, once the last of them is done.
  std::shared_ptr<const Field> Finish();

  const std::unique_ptr<TrainingRun> run_;  // shared by all members
  std::vector<ServedMember> done_;          // the members that are trained
  std::unique_ptr<MemberTraining> member_;  // the member in training, number done_.size()
};

}  // namespace actionmatch

#endif  // ACTIONMATCH_CORE_TRAINING_TRAINER_H_
