#include "core/trainer.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <algorithm>
#include <chrono>
#include <limits>

#include "absl/strings/str_cat.h"
#include "core/field_weights.h"
#include "core/objective.h"
#include "core/optimizer.h"
#include "core/score_json.h"
#include "core/tensor_file.h"

namespace actionmatch {
namespace {

constexpr int64_t kMostScoredRows = 1000;  // of a held-out snapshot, in training: evenly spaced
constexpr int kPushSteps = 10;             // RK4 steps between neighbouring snapshots, in training

Snapshot Thin(const Snapshot& snapshot) {
  const int64_t count = snapshot.points.count();
  if (count <= kMostScoredRows) return snapshot;
  Snapshot thin;
  thin.time = snapshot.time;
  thin.points.dimension = snapshot.points.dimension;
  for (int64_t r = 0; r < kMostScoredRows; ++r) {
    const int64_t i = r * count / kMostScoredRows;
    thin.points.Append(snapshot.points.row(i));
    thin.weights.push_back(snapshot.weights[i]);
    thin.rows.push_back(snapshot.rows[i]);
  }
  return thin;
}

// A held-out snapshot and the rows that are pushed to it.
struct Push {
  Snapshot source;
  Snapshot observed;
  Subset subset;
};

// Each snapshot of the subset, from the same subset's rows of the time before it, or else the training rows.
void AddPushes(const Snapshots& all, const Snapshots& train, const HoldOutSpec& hold_out, uint64_t seed, Subset subset,
               std::vector<Push>* pushes) {
  const Snapshots held = Select(all, hold_out, seed, subset);
  const auto find = [](const Snapshots& snapshots, double time) {
    return std::find_if(snapshots.at.begin(), snapshots.at.end(), [&](const Snapshot& s) { return s.time == time; });
  };
  for (size_t k = 1; k < all.at.size(); ++k) {
    const auto observed = find(held, all.at[k].time);
    if (observed == held.at.end()) continue;
    auto source = find(held, all.at[k - 1].time);
    if (source == held.at.end()) {
      source = find(train, all.at[k - 1].time);
      if (source == train.at.end()) continue;
    }
    pushes->push_back({Thin(*source), Thin(*observed), subset});
  }
}

absl::Status AllViolations(const std::vector<Violation>& violations) {
  if (violations.empty()) return absl::OkStatus();
  std::string text;
  bool unimplemented = true;
  for (const Violation& v : violations) {
    absl::StrAppend(&text, text.empty() ? "" : "; ", v.field, " ", v.reason);
    unimplemented = unimplemented && v.unimplemented;
  }
  return unimplemented ? absl::UnimplementedError(text) : absl::InvalidArgumentError(text);
}

}  // namespace

struct Trainer::State {
  // Constant after Create.
  TrainerOptions options;
  Snapshots train;
  std::vector<Push> pushes;
  Standardisation standardisation;
  double end_time = 0;
  Potential potential;
  Provenance provenance;  // selected_step and scores change as weights are chosen

  // The run.
  Optimizer optimizer;
  Parameters selected;  // empty until a choice was made
  double selected_distance = std::numeric_limits<double>::infinity();

  const TrainSpec& spec() const { return provenance.spec; }
  bool chooses() const { return spec().hold_out.validation_fraction.value_or(0) > 0; }

  std::shared_ptr<const Field> MakeField(Parameters parameters) const {
    return std::make_shared<Field>(standardisation, end_time, provenance,
                                   std::make_unique<Field::Weights>(Field::Weights{potential, std::move(parameters)}));
  }

  // Measures the averaged weights on the held-out rows, and keeps them if they are the best so far.
  absl::StatusOr<std::vector<SnapshotScore>> Evaluate() {
    const Parameters average = optimizer.Average();
    const std::shared_ptr<const Field> field = MakeField(average);
    IntegrateOptions integrate;
    integrate.method = IntegrateOptions::Method::kRk4;
    integrate.steps = kPushSteps;
    integrate.threads = options.threads;
    std::vector<SnapshotScore> scores;
    double distance = 0;
    int validated = 0;
    for (const Push& push : pushes) {
      absl::StatusOr<SnapshotScore> score = ScorePush(*field, push.source, push.observed, push.subset, integrate);
      if (!score.ok()) return score.status();
      if (push.subset == Subset::kValidation) {
        distance += score->w1;
        ++validated;
      }
      scores.push_back(*std::move(score));
    }
    const int64_t step = optimizer.step();
    if (!chooses() || validated == 0) {
      provenance.selected_step = step;
      provenance.scores = scores;
      return scores;
    }
    distance /= validated;
    // Before a quarter of the steps the weights still move fast, and a few lucky validation rows would end training
    // there.
    if (4 * step >= spec().training.steps && distance < selected_distance) {
      selected_distance = distance;
      selected = average;
      provenance.selected_step = step;
      provenance.scores = scores;
    }
    return scores;
  }

  std::string SaveCheckpoint() const {
    TensorFile file;
    file.kind = "checkpoint";
    file.metadata["spec"] = TrainSpecToJson(spec());
    file.metadata["content_hash"] = provenance.content_hash;
    file.metadata["scores"] = ScoresToJson(provenance.scores);
    optimizer.Save(&file.arrays);
    file.arrays["selected.distance"] = Array::Of(absl::MakeConstSpan(&selected_distance, 1), {1});
    file.arrays["selected.step"] = Array::Of(absl::MakeConstSpan(&provenance.selected_step, 1), {1});
    const std::vector<std::string> names = potential.names();
    for (size_t i = 0; i < selected.tensors.size(); ++i) {
      const at::Tensor& tensor = selected.tensors[i];
      file.arrays[absl::StrCat("selected.", names[i])] = Array::Of(
          absl::MakeConstSpan(tensor.data_ptr<float>(), static_cast<size_t>(tensor.numel())), tensor.sizes().vec());
    }
    return SerializeTensorFile(file);
  }

  absl::Status Restore(const TensorFile& file) {
    const absl::Status status = optimizer.Restore(file);
    if (!status.ok()) return status;
    const absl::StatusOr<const Array*> distance = file.Find("selected.distance");
    const absl::StatusOr<const Array*> step = file.Find("selected.step");
    absl::StatusOr<std::vector<SnapshotScore>> scores = ScoresFromJson(file.metadata.at("scores"));
    if (!distance.ok() || !step.ok() || !scores.ok()) return absl::DataLossError("the checkpoint holds no choice");
    selected_distance = (*distance)->Doubles().at(0);
    provenance.selected_step = (*step)->Int64s().at(0);
    provenance.scores = *std::move(scores);
    const std::vector<std::string> names = potential.names();
    selected = optimizer.Average();
    for (size_t i = 0; i < names.size(); ++i) {
      const absl::StatusOr<const Array*> array = file.Find(absl::StrCat("selected.", names[i]));
      if (!array.ok()) {
        selected.tensors.clear();
        break;
      }
      if ((*array)->bytes.size() != static_cast<size_t>(selected.tensors[i].numel()) * sizeof(float)) {
        return absl::DataLossError(absl::StrCat("the checkpoint's ", names[i], " does not fit the network"));
      }
      std::copy_n((*array)->bytes.data(), (*array)->bytes.size(),
                  reinterpret_cast<char*>(selected.tensors[i].data_ptr<float>()));
    }
    return absl::OkStatus();
  }
};

Trainer::Trainer(std::unique_ptr<State> state) : state_(std::move(state)) {}
Trainer::~Trainer() = default;

const Provenance& Trainer::provenance() const { return state_->provenance; }

absl::StatusOr<std::unique_ptr<Trainer>> Trainer::Create(const TrainSpec& spec, const Snapshots& all,
                                                         Provenance provenance, const TrainerOptions& options) {
  const DatasetShape shape = all.shape();
  const TrainSpec resolved = ResolveSpec(spec, shape);
  const absl::Status valid = AllViolations(Validate(resolved, shape));
  if (!valid.ok()) return valid;
  Snapshots train = Select(all, resolved.hold_out, resolved.seed, Subset::kTrain);
  if (train.at.size() < 2) {
    return absl::FailedPreconditionError(
        absl::StrCat("the hold-out leaves ", train.at.size(), " snapshots to train on; at least 2 are needed"));
  }
  std::vector<Push> pushes;
  for (const Subset subset : {Subset::kValidation, Subset::kTest}) {
    AddPushes(all, train, resolved.hold_out, resolved.seed, subset, &pushes);
  }
  const PathChoice choice = ChoosePath(resolved.path, train);
  provenance.spec = resolved;
  provenance.path = choice.kind;
  provenance.path_reason = choice.reason;
  provenance.form = resolved.training.form;
  if (provenance.form == TrainingSpec::Form::kAuto) {
    provenance.form =
        choice.kind == PathSpec::Kind::kObserved ? TrainingSpec::Form::kAction : TrainingSpec::Form::kConditional;
  }
  if (provenance.form == TrainingSpec::Form::kConditional && choice.kind == PathSpec::Kind::kObserved) {
    return absl::InvalidArgumentError(
        absl::StrCat("training.form must not be CONDITIONAL here, where the path has no curves (", choice.reason,
                     "); use AUTO, or set path.kind"));
  }
  const Potential potential(resolved.potential, all.dimension);
  const Standardisation standardisation = Standardise(train);
  const double end_time = train.at.back().time;
  return std::unique_ptr<Trainer>(new Trainer(std::make_unique<State>(
      State{options, std::move(train), std::move(pushes), standardisation, end_time, potential, std::move(provenance),
            Optimizer(resolved.training, potential.Initialise(resolved.seed))})));
}

absl::Status Trainer::Resume(absl::string_view checkpoint) {
  const absl::StatusOr<TensorFile> file = ParseTensorFile(checkpoint, "checkpoint");
  if (!file.ok()) return file.status();
  if (file->metadata.at("spec") != TrainSpecToJson(state_->spec()) ||
      file->metadata.at("content_hash") != state_->provenance.content_hash) {
    return absl::FailedPreconditionError("the checkpoint belongs to another spec or to other data");
  }
  return state_->Restore(*file);
}

absl::StatusOr<std::shared_ptr<const Field>> Trainer::Run(const TrainerHooks& hooks) {
  State& s = *state_;
  const TrainingSpec& training = s.spec().training;
  const auto report_phase = [&](Phase phase, double fraction) {
    return hooks.on_phase ? hooks.on_phase(phase, fraction) : absl::OkStatus();
  };
  at::set_num_threads(std::max(1, s.options.threads));
  PathSpec path_spec = s.spec().path;
  path_spec.kind = s.provenance.path;
  const absl::StatusOr<std::unique_ptr<const Path>> path =
      MakePath(path_spec, s.train, s.standardisation, s.spec().seed,
               [&](double fraction) { return report_phase(Phase::kPath, fraction); });
  if (!path.ok()) return path.status();

  PathBatch batch;
  Progress progress;
  progress.total_steps = training.steps;
  int64_t averaged = 0;
  const auto note = [&](double loss, double norm, double seconds) {
    ++averaged;
    const auto share = 1 / static_cast<double>(averaged);
    progress.loss += (loss - progress.loss) * share;
    progress.gradient_norm += (norm - progress.gradient_norm) * share;
    progress.step_seconds += (seconds - progress.step_seconds) * share;
  };
  while (s.optimizer.step() < training.steps) {
    if (hooks.before_step) {
      const absl::Status status = hooks.before_step();
      if (!status.ok()) return status;
    }
    const auto begin = std::chrono::steady_clock::now();
    const int64_t step = s.optimizer.step();
    (*path)->Draw(step, training.batch_size, s.provenance.form == TrainingSpec::Form::kAction, &batch);
    const at::Tensor loss = Loss(s.provenance.form, s.potential, s.optimizer.parameters(), batch);
    const absl::StatusOr<Optimizer::StepInfo> info = s.optimizer.Step(loss);
    if (!info.ok()) return info.status();
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
    note(loss.item<double>(), info->gradient_norm, seconds.count());
    const int64_t done = step + 1;
    if (done % training.evaluation_interval == 0 || done == training.steps) {
      absl::StatusOr<std::vector<SnapshotScore>> scores = s.Evaluate();
      if (!scores.ok()) return scores.status();
      progress.step = done;
      progress.learning_rate = info->learning_rate;
      progress.scores = *std::move(scores);
      progress.selected_step = s.provenance.selected_step;
      progress.selected_distance = s.selected.tensors.empty() ? 0 : s.selected_distance;
      absl::Status status =
          report_phase(Phase::kTraining, static_cast<double>(done) / static_cast<double>(training.steps));
      if (status.ok() && hooks.on_progress) status = hooks.on_progress(progress);
      if (!status.ok()) return status;
      averaged = 0;
    }
    if (hooks.on_checkpoint && done % training.checkpoint_interval == 0 && done < training.steps) {
      const absl::Status status = hooks.on_checkpoint(s.SaveCheckpoint(), done);
      if (!status.ok()) return status;
    }
  }
  return s.MakeField(s.selected.tensors.empty() ? s.optimizer.Average() : s.selected.Clone());
}

}  // namespace actionmatch
