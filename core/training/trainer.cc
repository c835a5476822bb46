#include "core/training/trainer.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <map>
#include <optional>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "core/device/device.h"
#include "core/device/machine.h"
#include "core/field/field_score.h"
#include "core/field/field_weights.h"
#include "core/metrics/score_json.h"
#include "core/metrics/snapshot_score.h"
#include "core/parallel.h"
#include "core/path/choose_path.h"
#include "core/path/time_sampler.h"
#include "core/path/window_path.h"
#include "core/potential/parameter_arrays.h"
#include "core/potential/potential_kinds.h"
#include "core/storage/tensor_file.h"
#include "core/training/training_step.h"

namespace actionmatch {
namespace {

constexpr int kPushSteps = 10;               // RK4 steps between neighbouring snapshots, in training
constexpr int kMostPushesAtOnce = 16;        // each has a transport plan of some 10 MB
constexpr int64_t kMostUnchosenSteps = 500;  // at the start of a training, whose weights validation rows may not choose

// The score of rows that the field does not carry to the next snapshot at all.
SnapshotScore Unreachable(const Push& push, uint64_t split_seed) {
  SnapshotScore score;
  score.split_seed = split_seed;
  score.time = push.observed.time;
  score.source_time = push.source.time;
  score.subset = push.subset;
  score.pushed_count = push.source.points.count();
  score.observed_count = push.observed.points.count();
  score.w1 = score.w2 = score.mmd2 = std::numeric_limits<double>::infinity();
  return score;
}

absl::Status AllViolations(const std::vector<Violation>& violations) {
  if (violations.empty()) return absl::OkStatus();
  std::string text;
  for (const Violation& v : violations) absl::StrAppend(&text, text.empty() ? "" : "; ", v.field, " ", v.reason);
  return absl::InvalidArgumentError(text);
}

// The spec with its defaults filled in, if training can start.
absl::StatusOr<TrainSpec> Resolve(const TrainSpec& spec, const DatasetShape& shape, const TrainerOptions& options) {
  TrainSpec resolved = ResolveSpec(spec, shape);
  resolved.training = ResolveDevice(resolved.training, resolved.potential, AutomaticDevice(options.device));
  const absl::Status valid = AllViolations(Validate(resolved, shape));
  if (!valid.ok()) return valid;
  const absl::Status runs = CheckProcessor(resolved.training);
  if (!runs.ok()) return runs;
  return resolved;
}

// What a checkpoint belongs to: the spec, wherever and by whichever engine its steps are taken.
std::string CheckpointSpec(TrainSpec spec) {
  spec.training.device = TrainingSpec::Device::kAuto;
  spec.training.engine = TrainingSpec::Engine::kAuto;
  return TrainSpecToJson(spec);
}

// The spec of the path in use.
PathSpec PathOf(const Provenance& provenance) {
  PathSpec spec = provenance.spec.path;
  spec.kind = provenance.path;
  return spec;
}

WindowSchedule ScheduleOf(const Provenance& provenance, const RowWindows& windows) {
  return MakeSchedule(PathOf(provenance), provenance.spec.training, windows.window_rows());
}

}  // namespace

struct Trainer::State {
  // The weights that a member serves, and how they scored.
  struct Served {
    Parameters parameters;
    int64_t step = 0;
    std::vector<SnapshotScore> scores;
  };

  // Constant after Create.
  TrainerOptions options;
  PreparedRows prepared;
  std::shared_ptr<const Potential> potential;
  Provenance provenance;  // its path's masses are known with the path, selected_steps and scores at the end

  // The run: members that are done, and the one in training.
  std::vector<Served> done;
  std::unique_ptr<TrainingStep> training;
  TimeLaw times;
  std::optional<Served> choice;  // what the validation rows chose, while the member is trained once more
  std::optional<Served> best;    // to be served; empty until a choice was made
  double best_distance = std::numeric_limits<double>::infinity();

  const TrainSpec& spec() const { return provenance.spec; }
  bool chooses() const { return spec().hold_out.validation_fraction.value_or(0) > 0; }
  bool refits() const { return prepared.refit.has_value(); }
  const TrainingRows& rows() const { return choice.has_value() ? *prepared.refit : prepared.choosing; }
  // Of the training under way.
  int64_t steps() const { return choice.has_value() ? choice->step : spec().training.steps; }
  int64_t steps_a_member() const { return spec().training.steps * (refits() ? 2 : 1); }
  // Before this training, over all members: one that is shorter starts later, so that all end together.
  int64_t steps_before() const {
    const int64_t before = static_cast<int64_t>(done.size()) * steps_a_member();
    return choice.has_value() ? before + steps_a_member() - steps() : before;
  }

  std::shared_ptr<const Field> MakeField(const TrainingRows& of, Provenance with,
                                         std::vector<Parameters> members) const {
    return std::make_shared<Field>(of.standardisation, of.rows.at.back().time, std::move(with),
                                   std::make_unique<FieldWeights>(potential, std::move(members)));
  }

  absl::StatusOr<std::unique_ptr<const Path>> MakePathOf(
      const TrainingRows& of, const std::function<absl::Status(double fraction)>& on_progress) const {
    const PathSpec path = PathOf(provenance);
    if (of.windows == nullptr) {
      return MakePath(path, spec().dynamics, of.rows, of.standardisation, spec().seed, on_progress);
    }
    return MakeWindowPath(path, spec().dynamics, of.windows, of.standardisation, ScheduleOf(provenance, *of.windows),
                          spec().seed, on_progress);
  }

  // Of the training under way.
  Objective ObjectiveOf() const {
    const Standardisation& units = rows().standardisation;
    Objective objective;
    objective.form = provenance.form;
    objective.dynamics = spec().dynamics.Standardised(units.scale, units.duration);
    objective.laplacian_probes = spec().training.laplacian_probes.value_or(0);
    objective.seed = MemberSeed(spec().seed, static_cast<int>(done.size()));
    return objective;
  }

  // Starts a training of the next member.
  void Begin() {
    const Objective objective = ObjectiveOf();
    const int64_t intervals = static_cast<int64_t>(rows().rows.at.size()) - 1;
    const int64_t batch = intervals * RowsOfInterval(PathOf(provenance).Scatters(), spec().training.batch_size);
    training = MakeTrainingStep(spec().training, objective, potential, potential->Initialise(objective.seed), batch,
                                options.threads);
    std::vector<double> knots;
    for (const Snapshot& s : rows().rows.at) knots.push_back(rows().standardisation.Tau(s.time));
    times = TimeLaw(spec().training.times, spec().training.quadrature_nodes, std::move(knots));
    best.reset();
    best_distance = std::numeric_limits<double>::infinity();
  }

  // One of the prepared pushes through the field as it stands.
  SnapshotScore EvaluatePush(const Field& field, size_t i, const SampleOptions& integrate) const {
    const Push& push = prepared.pushes[i];
    if (choice.has_value() && push.subset == Subset::kValidation) return choice->scores[i];  // now trained on
    absl::StatusOr<SnapshotScore> pushed = ScorePush(field, push.source, push.observed, push.subset, integrate);
    // Held-out rows may be nonsense (too far for finite distances, without any weight): that is a score, and ends no
    // training.
    const bool reached = pushed.ok() && std::isfinite(pushed->w1);
    SnapshotScore score = reached ? *std::move(pushed) : Unreachable(push, spec().seed);
    score.member_seeds = {MemberSeed(spec().seed, static_cast<int>(done.size()))};
    score.pushed_present = push.source_present;
    score.observed_present = push.observed_present;
    return score;
  }

  // Measures the averaged weights on the held-out rows, and keeps them if they are the best so far.
  absl::StatusOr<std::vector<SnapshotScore>> Evaluate() {
    Served now{training->state().Average(*potential), training->state().step, {}};
    const std::shared_ptr<const Field> field = MakeField(rows(), provenance, {now.parameters});
    const auto count = static_cast<int64_t>(prepared.pushes.size());
    SampleOptions integrate;
    if (!spec().dynamics.HasNoise()) integrate.method = IntegrateOptions::Method::kRk4;
    integrate.steps = kPushSteps;
    const int threads = options.threads;
    const int at_once = std::min({threads, kMostPushesAtOnce, std::max(1, static_cast<int>(count))});
    integrate.threads = threads / at_once;
    now.scores.resize(prepared.pushes.size());
    const absl::Status status = ParallelFor(
        at_once, count,
        [&](int64_t i) {
          now.scores[i] = EvaluatePush(*field, static_cast<size_t>(i), integrate);
          return absl::OkStatus();
        },
        UseOneTorchThread);
    if (!status.ok()) return status;
    double distance = 0;
    int validated = 0;
    for (const SnapshotScore& score : now.scores) {
      if (score.subset != Subset::kValidation) continue;
      distance += score.w1;
      ++validated;
    }
    std::vector<SnapshotScore> scores = now.scores;
    if (!chooses() || choice.has_value() || validated == 0) {
      best = std::move(now);
      return scores;
    }
    distance /= validated;
    // At first the weights still move fast, and a few lucky validation rows would end training there. In longer
    // trainings the same steps stay candidates, so that more steps only add to the choice.
    if (now.step >= std::min(spec().training.steps / 6, kMostUnchosenSteps) && distance <= best_distance) {
      best_distance = distance;
      best = std::move(now);
    }
    return scores;
  }

  void Save(const Served& served, const std::string& prefix, TensorFile* file) const {
    SaveParameters(*potential, served.parameters, absl::StrCat(prefix, "."), &file->arrays);
    file->arrays[absl::StrCat(prefix, ".step")] = Array::Of(absl::MakeConstSpan(&served.step, 1), {1});
    file->metadata[absl::StrCat(prefix, ".scores")] = ScoresToJson(served.scores);
  }

  absl::StatusOr<Served> Load(const std::string& prefix, const TensorFile& file) const {
    absl::StatusOr<Parameters> parameters = LoadParameters(*potential, absl::StrCat(prefix, "."), file);
    if (!parameters.ok()) return parameters.status();
    const absl::StatusOr<const Array*> step = file.Find(absl::StrCat(prefix, ".step"));
    if (!step.ok()) return step.status();
    if ((*step)->Int64s().size() != 1) return absl::InvalidArgumentError(absl::StrCat(prefix, " holds no step"));
    const auto text = file.metadata.find(absl::StrCat(prefix, ".scores"));
    absl::StatusOr<std::vector<SnapshotScore>> scores =
        ScoresFromJson(text == file.metadata.end() ? std::string() : text->second);
    if (!scores.ok()) return scores.status();
    return Served{*std::move(parameters), (*step)->Int64s()[0], *std::move(scores)};
  }

  std::string SaveCheckpoint() const {
    TensorFile file;
    file.kind = "checkpoint";
    file.metadata["spec"] = CheckpointSpec(spec());
    file.metadata["content_hash"] = provenance.content_hash;
    file.metadata["path"] = provenance.path_reason;  // with the windows that draws depend on
    file.metadata["kernels"] = KernelsOf(spec().training);
    file.metadata["members_done"] = absl::StrCat(done.size());
    for (size_t m = 0; m < done.size(); ++m) Save(done[m], absl::StrCat("member.", m), &file);
    if (choice.has_value()) Save(*choice, "choice", &file);
    training->state().Save(&file.arrays);
    const std::vector<double>& density = times.state();
    file.arrays["times"] = Array::Of(absl::MakeConstSpan(density), {static_cast<int64_t>(density.size())});
    if (best.has_value()) Save(*best, "best", &file);
    file.arrays["best.distance"] = Array::Of(absl::MakeConstSpan(&best_distance, 1), {1});
    return SerializeTensorFile(file);
  }

  absl::Status Restore(const TensorFile& file) {
    const auto count = file.metadata.find("members_done");
    int members_done = 0;
    if (count == file.metadata.end() || !absl::SimpleAtoi(count->second, &members_done) || members_done < 0 ||
        members_done >= spec().members) {
      return absl::DataLossError("the checkpoint does not say how many members are done");
    }
    done.clear();
    for (int m = 0; m < members_done; ++m) {
      absl::StatusOr<Served> member = Load(absl::StrCat("member.", m), file);
      if (!member.ok()) return absl::DataLossError(member.status().message());
      done.push_back(*std::move(member));
    }
    choice.reset();
    if (refits() && file.Find("choice.step").ok()) {
      absl::StatusOr<Served> chosen = Load("choice", file);
      if (!chosen.ok()) return absl::DataLossError(chosen.status().message());
      if (chosen->scores.size() != prepared.pushes.size()) {
        return absl::DataLossError("the checkpoint's choice is of other held-out rows");
      }
      choice = *std::move(chosen);
    }
    Begin();
    const absl::Status status = training->state().Restore(file);
    if (!status.ok()) return status;
    const absl::StatusOr<const Array*> density = file.Find("times");
    const absl::StatusOr<const Array*> distance = file.Find("best.distance");
    if (!density.ok() || !distance.ok() || (*distance)->Doubles().size() != 1 ||
        !times.Restore((*density)->Doubles())) {
      return absl::DataLossError("the checkpoint holds no choice, or no times");
    }
    best_distance = (*distance)->Doubles()[0];
    if (!file.Find("best.step").ok()) return absl::OkStatus();
    absl::StatusOr<Served> served = Load("best", file);
    if (!served.ok()) return absl::DataLossError(served.status().message());
    best = *std::move(served);
    return absl::OkStatus();
  }

  // All members together, once the last is done.
  std::shared_ptr<const Field> Finish() {
    std::vector<Parameters> members;
    std::vector<std::vector<SnapshotScore>> scores;
    provenance.selected_steps.clear();
    for (Served& served : done) {
      members.push_back(served.parameters.Clone());
      scores.push_back(served.scores);
      provenance.selected_steps.push_back(served.step);
    }
    provenance.scores = MeanScores(scores);
    return MakeField(refits() ? *prepared.refit : prepared.choosing, provenance, std::move(members));
  }
};

Trainer::Trainer(std::unique_ptr<State> state) : state_(std::move(state)) {}
Trainer::~Trainer() = default;

const Provenance& Trainer::provenance() const { return state_->provenance; }

absl::StatusOr<std::unique_ptr<Trainer>> Trainer::Create(const TrainSpec& spec, const Snapshots& all,
                                                         Provenance provenance, const TrainerOptions& options) {
  const absl::StatusOr<TrainSpec> resolved = Resolve(spec, all.shape(), options);
  if (!resolved.ok()) return resolved.status();
  absl::StatusOr<PreparedRows> rows = PrepareRows(*resolved, all);
  if (!rows.ok()) return rows.status();
  return Make(*resolved, *std::move(rows), std::move(provenance), options);
}

absl::StatusOr<std::unique_ptr<Trainer>> Trainer::Create(
    const TrainSpec& spec, std::shared_ptr<const StoredRows> all, Provenance provenance, const TrainerOptions& options,
    const std::function<absl::Status(double fraction)>& on_progress) {
  const absl::StatusOr<TrainSpec> resolved = Resolve(spec, all->shape(), options);
  if (!resolved.ok()) return resolved.status();
  absl::StatusOr<PreparedRows> rows = PrepareRows(*resolved, std::move(all), options.windows, on_progress);
  if (!rows.ok()) return rows.status();
  return Make(*resolved, *std::move(rows), std::move(provenance), options);
}

absl::StatusOr<std::unique_ptr<Trainer>> Trainer::Make(const TrainSpec& resolved, PreparedRows rows,
                                                       Provenance provenance, const TrainerOptions& options) {
  const PathChoice choice = ChoosePath(resolved, rows.choosing.rows);
  provenance.spec = resolved;
  provenance.path = choice.kind;
  provenance.path_reason = choice.reason;
  if (rows.choosing.windows != nullptr) {
    const WindowSchedule schedule = ScheduleOf(provenance, *rows.choosing.windows);
    absl::StrAppend(&provenance.path_reason, "; the rows stay in their files: at a time about ", schedule.rows,
                    " of each snapshot serve ", schedule.steps, " steps");
  }
  provenance.form = resolved.training.form;
  if (provenance.form == TrainingSpec::Form::kAuto) {
    provenance.form =
        choice.kind == PathSpec::Kind::kObserved ? TrainingSpec::Form::kAction : TrainingSpec::Form::kConditional;
  }
  for (const Snapshot& snapshot : (rows.refit.has_value() ? *rows.refit : rows.choosing).rows.at) {
    provenance.snapshot_times.push_back(snapshot.time);
    provenance.snapshot_masses.push_back(snapshot.mass);
  }
  const std::shared_ptr<const Potential> potential = MakePotential(resolved.potential, rows.choosing.rows.dimension);
  auto state = std::make_unique<State>(State{options,
                                             std::move(rows),
                                             potential,
                                             std::move(provenance),
                                             {},
                                             nullptr,
                                             TimeLaw(TrainingSpec::Times::kStratified, 1, {0, 1}),
                                             std::nullopt,
                                             std::nullopt});
  state->options.threads = std::max(1, options.threads);
  state->Begin();
  return std::unique_ptr<Trainer>(new Trainer(std::move(state)));
}

absl::Status Trainer::Resume(absl::string_view checkpoint) {
  absl::StatusOr<TensorFile> file = ParseTensorFile(checkpoint, "checkpoint");
  if (!file.ok()) return file.status();
  std::map<std::string, std::string>& of = file->metadata;
  for (const char* key : {"spec", "content_hash", "path"}) {
    if (of.count(key) == 0) return absl::DataLossError(absl::StrCat("the checkpoint does not say its ", key));
  }
  if (of["spec"] != CheckpointSpec(state_->spec()) || of["content_hash"] != state_->provenance.content_hash ||
      of["path"] != state_->provenance.path_reason) {
    return absl::FailedPreconditionError("the checkpoint belongs to another spec, to other data or to other windows");
  }
  return state_->Restore(*file);
}

absl::StatusOr<std::shared_ptr<const Field>> Trainer::Run(const TrainerHooks& hooks) {
  State& s = *state_;
  const auto report_phase = [&](Phase phase, double fraction) {
    return hooks.on_phase ? hooks.on_phase(phase, fraction) : absl::OkStatus();
  };
  at::set_num_threads(s.options.threads);
  std::vector<std::unique_ptr<const Path>> paths;  // of the choosing rows, and of those of the refit
  const double share = s.refits() ? 0.5 : 1;
  for (const TrainingRows* rows : {&s.prepared.choosing, s.refits() ? &*s.prepared.refit : nullptr}) {
    if (rows == nullptr) continue;
    const double before = static_cast<double>(paths.size()) * share;
    absl::StatusOr<std::unique_ptr<const Path>> path =
        s.MakePathOf(*rows, [&](double fraction) { return report_phase(Phase::kPath, before + fraction * share); });
    if (!path.ok()) return path.status();
    paths.push_back(*std::move(path));
  }
  // Those of the rows that the field is trained on last, as its snapshots' masses are.
  const Standardisation& units = (s.refits() ? *s.prepared.refit : s.prepared.choosing).standardisation;
  s.provenance.mass_times.clear();
  s.provenance.masses.clear();
  for (const MassNode& node : paths.back()->masses()) {
    s.provenance.mass_times.push_back(units.start_time + node.tau * units.duration);
    s.provenance.masses.push_back(node.mass);
  }
  const auto members = static_cast<size_t>(s.spec().members);
  while (s.done.size() < members) {
    const absl::Status status = TrainOnce(*paths[s.choice.has_value() ? 1 : 0], hooks);
    if (!status.ok()) return status;
    if (s.refits() && !s.choice.has_value()) {
      s.choice = std::move(s.best);
    } else {
      s.done.push_back(*std::move(s.best));
      s.choice.reset();
    }
    if (s.done.size() < members) s.Begin();
  }
  return s.Finish();
}

absl::Status Trainer::TrainOnce(const Path& path, const TrainerHooks& hooks) {
  State& s = *state_;
  const TrainingSpec& training = s.spec().training;
  DrawRequest request;
  request.seed = MemberSeed(s.spec().seed, static_cast<int>(s.done.size()));
  request.samples = training.batch_size;
  request.with_boundaries = s.provenance.form == TrainingSpec::Form::kAction;
  request.times = &s.times;
  // The next step's samples are drawn beside this step's passes, but for times that learn from them.
  const bool draw_ahead = training.times != TrainingSpec::Times::kAdaptive;
  PathBatch batch;
  PathBatch next;
  std::function<void()> beside;
  if (draw_ahead) {
    beside = [&] { path.Draw(request, &next); };
    request.step = s.training->state().step;
    const absl::Status status = path.Prepare(request.step);
    if (!status.ok()) return status;
    path.Draw(request, &next);
  }
  Progress progress;
  progress.total_steps = s.steps_a_member() * s.spec().members;
  progress.member = static_cast<int>(s.done.size());
  int64_t averaged = 0;
  const auto note = [&](double loss, double norm, double seconds) {
    ++averaged;
    const auto share = 1 / static_cast<double>(averaged);
    progress.loss += (loss - progress.loss) * share;
    progress.gradient_norm += (norm - progress.gradient_norm) * share;
    progress.step_seconds += (seconds - progress.step_seconds) * share;
  };
  while (s.training->state().step < s.steps()) {
    if (hooks.before_step) {
      const absl::Status status = hooks.before_step();
      if (!status.ok()) return status;
    }
    const auto begin = std::chrono::steady_clock::now();
    const int64_t step = s.training->state().step;
    request.step = draw_ahead ? step + 1 : step;
    if (request.step < s.steps()) {
      const absl::Status status = path.Prepare(request.step);
      if (!status.ok()) return status;
    }
    if (draw_ahead) {
      std::swap(batch, next);
    } else {
      path.Draw(request, &batch);
    }
    const absl::StatusOr<TrainingStep::Info> info = s.training->Take(batch, beside);
    if (!info.ok()) return info.status();
    if (!draw_ahead) s.times.Update(batch.tau, info->interior);
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
    note(info->loss, info->gradient_norm, seconds.count());
    const int64_t done = step + 1;
    const int64_t done_of_all = s.steps_before() + done;
    if (done % training.evaluation_interval == 0 || done == s.steps()) {
      absl::StatusOr<std::vector<SnapshotScore>> scores = s.Evaluate();
      if (!scores.ok()) return scores.status();
      progress.step = done_of_all;
      progress.learning_rate = info->learning_rate;
      progress.scores = *std::move(scores);
      progress.selected_step = s.best.has_value() ? s.best->step : 0;
      progress.selected_distance = std::isfinite(s.best_distance) ? s.best_distance : 0;
      absl::Status status;
      if (hooks.on_phase) {
        status = hooks.on_phase(Phase::kTraining,
                                static_cast<double>(done_of_all) / static_cast<double>(progress.total_steps));
      }
      if (status.ok() && hooks.on_progress) status = hooks.on_progress(progress);
      if (!status.ok()) return status;
      averaged = 0;
    }
    if (hooks.on_checkpoint && done % training.checkpoint_interval == 0 && done_of_all < progress.total_steps) {
      const absl::Status status = hooks.on_checkpoint(s.SaveCheckpoint(), done_of_all);
      if (!status.ok()) return status;
    }
  }
  return absl::OkStatus();
}

}  // namespace actionmatch
