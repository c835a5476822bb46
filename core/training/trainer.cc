#include "core/training/trainer.h"

#include <ATen/Parallel.h>

#include <string>
#include <utility>

#include "core/metrics/snapshot_score.h"
#include "core/training/checkpoint.h"
#include "core/training/member_training.h"
#include "core/training/training_engines.h"
#include "core/training/training_run.h"

namespace actionmatch {
namespace {

CheckpointOwner OwnerOf(const TrainingRun& run) {
  CheckpointOwner owner;
  owner.spec = run.spec();
  owner.content_hash = run.provenance.content_hash;
  owner.path = run.provenance.path_reason;
  owner.kernels = KernelsOf(run.spec().training, *run.potential);
  return owner;
}

}  // namespace

Trainer::Trainer(std::unique_ptr<TrainingRun> run)
    : run_(std::move(run)), member_(std::make_unique<MemberTraining>(*run_, 0)) {}
Trainer::~Trainer() = default;

const Provenance& Trainer::provenance() const { return run_->provenance; }

absl::StatusOr<std::unique_ptr<Trainer>> Trainer::Create(const TrainSpec& spec, const Snapshots& all,
                                                         Provenance provenance, const TrainerOptions& options) {
  absl::StatusOr<TrainingRun> run = PrepareRun(spec, all, std::move(provenance), options);
  if (!run.ok()) return run.status();
  return std::unique_ptr<Trainer>(new Trainer(std::make_unique<TrainingRun>(*std::move(run))));
}

absl::StatusOr<std::unique_ptr<Trainer>> Trainer::Create(
    const TrainSpec& spec, std::shared_ptr<const StoredRows> all, Provenance provenance, const TrainerOptions& options,
    const std::function<absl::Status(double fraction)>& on_progress) {
  absl::StatusOr<TrainingRun> run = PrepareRun(spec, std::move(all), std::move(provenance), options, on_progress);
  if (!run.ok()) return run.status();
  return std::unique_ptr<Trainer>(new Trainer(std::make_unique<TrainingRun>(*std::move(run))));
}

absl::Status Trainer::Resume(absl::string_view checkpoint) {
  absl::StatusOr<Checkpoint> loaded = LoadCheckpoint(checkpoint, OwnerOf(*run_), *run_->potential);
  if (!loaded.ok()) return loaded.status();
  done_ = std::move(loaded->done);
  member_ = std::make_unique<MemberTraining>(*run_, static_cast<int>(done_.size()));
  return member_->Restore(std::move(loaded->member));
}

absl::StatusOr<std::shared_ptr<const Field>> Trainer::Run(const TrainerHooks& hooks) {
  at::set_num_threads(run_->threads);
  const auto on_progress = [&](double fraction) {
    return hooks.on_phase ? hooks.on_phase(Phase::kPath, fraction) : absl::OkStatus();
  };
  const absl::StatusOr<std::vector<std::unique_ptr<const Path>>> paths = MakePaths(on_progress, run_.get());
  if (!paths.ok()) return paths.status();
  const auto save = [&] {
    return SaveCheckpoint(Checkpoint{done_, member_->state()}, OwnerOf(*run_), *run_->potential);
  };
  while (true) {
    absl::StatusOr<ServedMember> served = member_->Run(*paths, hooks, save);
    if (!served.ok()) return served.status();
    done_.push_back(*std::move(served));
    const int done = static_cast<int>(done_.size());
    if (done == run_->spec().members) return Finish();
    member_ = std::make_unique<MemberTraining>(*run_, done);
  }
}

std::shared_ptr<const Field> Trainer::Finish() {
  std::vector<Parameters> members;
  std::vector<std::vector<SnapshotScore>> scores;
  Provenance& provenance = run_->provenance;
  provenance.selected_steps.clear();
  for (const ServedMember& served : done_) {
    members.push_back(served.parameters.Clone());
    scores.push_back(served.scores);
    provenance.selected_steps.push_back(served.step);
  }
  provenance.scores = MeanScores(scores);
  return run_->MakeField(run_->last_rows(), provenance, std::move(members));
}

}  // namespace actionmatch
