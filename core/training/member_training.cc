#include "core/training/member_training.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <utility>

#include "core/training/held_out_evaluation.h"
#include "core/training/training_engines.h"

namespace actionmatch {
namespace {

// The most steps at the start of a training whose parameters validation rows may not choose.
constexpr int64_t kMaxUnchosenSteps = 500;

std::unique_ptr<TrainingStep> MakeStep(const TrainingRun& run, const TrainingRows& rows, int member) {
  const TrainSpec& spec = run.spec();
  const Standardisation& units = rows.standardisation;
  const int64_t intervals = static_cast<int64_t>(rows.rows.at.size()) - 1;
  StepRequest request;
  request.training = spec.training;
  request.objective.form = run.provenance.form;
  request.objective.dynamics = spec.dynamics.Standardised(units.scale, units.duration);
  request.objective.laplacian_probes = spec.training.laplacian_probes.value_or(0);
  request.objective.seed = run.SeedOf(member);
  request.potential = run.potential;
  request.initial = run.potential->Initialise(request.objective.seed);
  request.rows = intervals * RowsOfInterval(run.path().Scatters(), spec.training.batch_size);
  request.threads = run.threads;
  return MakeTrainingStep(request);
}

TimeSampler MakeTimes(const TrainingSpec& training, const TrainingRows& rows) {
  std::vector<double> knots;
  for (const Snapshot& s : rows.rows.at) knots.push_back(rows.standardisation.Tau(s.time));
  return {training.times, training.quadrature_nodes, std::move(knots)};
}

}  // namespace

MemberTraining::MemberTraining(const TrainingRun& run, int member)
    : run_(run),
      member_(member),
      step_(MakeStep(run, run.rows.choosing, member)),
      times_(MakeTimes(run.spec().training, run.rows.choosing)) {}

void MemberTraining::Begin() {
  step_ = MakeStep(run_, rows(), member_);
  times_ = MakeTimes(run_.spec().training, rows());
  best_.reset();
  best_distance_ = std::numeric_limits<double>::infinity();
}

MemberState MemberTraining::state() const {
  MemberState state(step_->state());
  state.times = times_.state();
  state.choice = choice_;
  state.best = best_;
  state.best_distance = best_distance_;
  return state;
}

absl::Status MemberTraining::Restore(MemberState state) {
  choice_ = std::move(state.choice);
  if (refitting() && (!run_.refits() || choice_->scores.size() != run_.rows.pushes.size())) {
    return absl::DataLossError("the checkpoint's choice is of other held-out rows");
  }
  if (refitting()) Begin();
  step_->state().CopyFrom(state.optimizer);
  if (!times_.Restore(std::move(state.times))) return absl::DataLossError("the checkpoint's times do not fit the spec");
  best_ = std::move(state.best);
  best_distance_ = state.best_distance;
  return absl::OkStatus();
}

int64_t MemberTraining::StepOfRun(int64_t step) const {
  const int64_t before = member_ * run_.steps_of_member();
  return before + (refitting() ? run_.steps_of_member() - steps() : 0) + step;
}

absl::StatusOr<ServedMember> MemberTraining::Run(const std::vector<std::unique_ptr<const Path>>& paths,
                                                 const TrainerHooks& hooks, const std::function<std::string()>& save) {
  if (!refitting()) {
    const absl::Status status = TrainOnce(*paths.front(), hooks, save);
    if (!status.ok()) return status;
    if (!run_.refits()) return *std::move(best_);
    choice_ = std::move(best_);
    Begin();
  }
  const absl::Status status = TrainOnce(*paths.back(), hooks, save);
  if (!status.ok()) return status;
  return *std::move(best_);
}

absl::Status MemberTraining::TrainOnce(const Path& path, const TrainerHooks& hooks,
                                       const std::function<std::string()>& save) {
  const TrainingSpec& training = run_.spec().training;
  DrawRequest request;
  request.seed = run_.SeedOf(member_);
  request.samples = training.batch_size;
  request.with_boundaries = run_.provenance.form == TrainingSpec::Form::kAction;
  request.times = &times_;
  TrainingBatches batches(path, request, steps(), training.times != TrainingSpec::Times::kAdaptive);
  absl::Status status = batches.Begin(step_->state().step);
  if (!status.ok()) return status;
  Progress progress;
  progress.member = member_;
  progress.total_steps = run_.total_steps();
  int64_t counted = 0;
  while (step_->state().step < steps()) {
    if (hooks.before_step) status = hooks.before_step();
    if (status.ok()) status = Step(&batches, ++counted, &progress);
    if (!status.ok()) return status;
    const int64_t done = step_->state().step;
    progress.step = StepOfRun(done);
    if (done % training.evaluation_interval == 0 || done == steps()) {
      status = Report(hooks, &progress);
      counted = 0;
    }
    if (status.ok() && hooks.on_checkpoint && done % training.checkpoint_interval == 0 &&
        progress.step < progress.total_steps) {
      status = hooks.on_checkpoint(save(), progress.step);
    }
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status MemberTraining::Step(TrainingBatches* batches, int64_t counted, Progress* progress) {
  const auto begin = std::chrono::steady_clock::now();
  const absl::StatusOr<const PathBatch*> batch = batches->Next(step_->state().step);
  if (!batch.ok()) return batch.status();
  const absl::StatusOr<TrainingStep::Info> info = step_->Take(**batch, batches->beside());
  if (!info.ok()) return info.status();
  if (!batches->beside()) times_.Update((*batch)->tau, info->interior);
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
  const auto share = 1 / static_cast<double>(counted);
  progress->loss += (info->loss - progress->loss) * share;
  progress->gradient_norm += (info->gradient_norm - progress->gradient_norm) * share;
  progress->step_seconds += (seconds.count() - progress->step_seconds) * share;
  progress->learning_rate = info->learning_rate;
  return absl::OkStatus();
}

absl::Status MemberTraining::Report(const TrainerHooks& hooks, Progress* progress) {
  absl::StatusOr<std::vector<SnapshotScore>> scores = Evaluate();
  if (!scores.ok()) return scores.status();
  progress->scores = *std::move(scores);
  progress->selected_step = best_.has_value() ? best_->step : 0;
  progress->selected_distance = std::isfinite(best_distance_) ? best_distance_ : 0;
  absl::Status status;
  if (hooks.on_phase) {
    const double fraction = static_cast<double>(progress->step) / static_cast<double>(progress->total_steps);
    status = hooks.on_phase(Phase::kTraining, fraction);
  }
  if (status.ok() && hooks.on_progress) status = hooks.on_progress(*progress);
  return status;
}

absl::StatusOr<std::vector<SnapshotScore>> MemberTraining::Evaluate() {
  const OptimizerState& state = step_->state();
  ServedMember now{state.Average(*run_.potential), state.step, {}};
  const std::shared_ptr<const Field> field = run_.MakeField(rows(), run_.provenance, {now.parameters});
  HeldOutOptions options;
  options.member_seed = run_.SeedOf(member_);
  options.threads = run_.threads;
  if (refitting()) options.chosen = choice_->scores;
  absl::StatusOr<HeldOutEvaluation> held_out = EvaluateHeldOut(*field, run_.rows.pushes, options);
  if (!held_out.ok()) return held_out.status();
  const std::optional<double> distance = refitting() ? std::nullopt : held_out->validation_distance;
  now.scores = held_out->scores;
  if (IsBest(now.step, distance)) {
    best_distance_ = distance.value_or(best_distance_);
    best_ = std::move(now);
  }
  return std::move(held_out->scores);
}

bool MemberTraining::IsBest(int64_t step, std::optional<double> distance) const {
  if (!distance.has_value()) return true;  // the last parameters are served
  // At first the parameters still move fast, and a few lucky validation rows would end training there. In longer
  // trainings the same steps stay candidates, so that more steps only add to the choice.
  return step >= std::min(run_.spec().training.steps / 6, kMaxUnchosenSteps) && *distance <= best_distance_;
}

}  // namespace actionmatch
