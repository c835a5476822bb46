// Trainer: one training run, from snapshots to a field, resumable from any of its checkpoints with the same bits.

#ifndef ACTIONMATCH_CORE_TRAINING_TRAINER_H_
#define ACTIONMATCH_CORE_TRAINING_TRAINER_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "core/field/field.h"
#include "core/field/field_score.h"
#include "core/path/path.h"
#include "core/snapshots/snapshots.h"
#include "core/snapshots/training_rows.h"
#include "core/spec/spec.h"

namespace actionmatch {

enum class Phase { kPath, kTraining };

// Fields as in actionmatch/v1/job.proto.
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

// What the caller hears and decides. All are called on the thread that calls Run, never at once; any may be empty. An
// error ends the run, which returns it.
struct TrainerHooks {
  std::function<absl::Status(Phase phase, double fraction)> on_phase;
  std::function<absl::Status()> before_step;                 // cancel, lost lease
  std::function<absl::Status(const Progress&)> on_progress;  // every evaluation_interval steps and at the end
  std::function<absl::Status(const std::string& bytes, int64_t step)> on_checkpoint;  // every checkpoint_interval steps
};

struct TrainerOptions {
  int threads = 1;        // at least 1 is used; of fused passes, held-out pushes and LibTorch (set process-wide by Run)
  WindowOptions windows;  // of stored rows: how much of them is in memory; other windows give other bits
  // What training.device AUTO comes to; kAuto: CUDA where it can be used, else the CPU.
  TrainingSpec::Device device = TrainingSpec::Device::kAuto;
};

// Not thread-safe: one thread owns it.
class Trainer {
 public:
  // `all` holds every row of the dataset up to the job's last batch. The spec is resolved and validated here
  // (INVALID_ARGUMENT with all violations; FAILED_PRECONDITION, naming the time, if no row to train on weighs anything
  // there). `provenance` brings the dataset's part; the trainer fills in the rest.
  static absl::StatusOr<std::unique_ptr<Trainer>> Create(const TrainSpec& spec, const Snapshots& all,
                                                         Provenance provenance, const TrainerOptions& options);
  // The same of rows that stay in their files (row_windows.h). `on_progress`, which may be empty, hears how much of
  // them was read, 0 to 1, and its error ends the work and is returned.
  static absl::StatusOr<std::unique_ptr<Trainer>> Create(
      const TrainSpec& spec, std::shared_ptr<const StoredRows> all, Provenance provenance,
      const TrainerOptions& options, const std::function<absl::Status(double fraction)>& on_progress);
  ~Trainer();

  // Continues from a checkpoint's bytes instead of from the start. Call before Run. DATA_LOSS if damaged;
  // FAILED_PRECONDITION if it belongs to another spec or dataset content; after an error only destroy the trainer. It
  // may come from another device.
  absl::Status Resume(absl::string_view checkpoint);

  // Computes the path, then trains to the end: the field with the selected weights.
  absl::StatusOr<std::shared_ptr<const Field>> Run(const TrainerHooks& hooks);

  const Provenance& provenance() const;  // choices of path and form are known after Create

 private:
  struct State;
  explicit Trainer(std::unique_ptr<State> state);
  static absl::StatusOr<std::unique_ptr<Trainer>> Make(const TrainSpec& resolved, PreparedRows rows,
                                                       Provenance provenance, const TrainerOptions& options);
  // Trains the current member, the first or the second time, from where it stands to its last step.
  absl::Status TrainOnce(const Path& path, const TrainerHooks& hooks);
  std::unique_ptr<State> state_;
};

}  // namespace actionmatch

#endif  // ACTIONMATCH_CORE_TRAINING_TRAINER_H_
