#include "core/trainer.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <numeric>
#include <optional>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "core/field_weights.h"
#include "core/loss_gradient.h"
#include "core/optimizer.h"
#include "core/parameter_arrays.h"
#include "core/processor.h"
#include "core/random.h"
#include "core/score_json.h"
#include "core/tensor_file.h"
#include "core/time_law.h"

namespace actionmatch {
namespace {

constexpr int64_t kMostScoredRows = 1000;    // of a held-out snapshot, in training: evenly spaced
constexpr int kPushSteps = 10;               // RK4 steps between neighbouring snapshots, in training
constexpr int64_t kMostUnchosenSteps = 500;  // at the start of a training, whose weights validation rows may not choose

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

// A held-out snapshot and the rows that are pushed to it, both thinned; how many there were before.
struct Push {
  Snapshot source;
  Snapshot observed;
  Subset subset;
  int64_t source_present;
  int64_t observed_present;
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
    pushes->push_back({Thin(*source), Thin(*observed), subset, source->points.count(), observed->points.count()});
  }
}

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

// What only the split can tell: of a time's rows, those to train on must weigh something.
absl::Status CheckWeights(const Snapshots& train) {
  for (const Snapshot& s : train.at) {
    const double sum = std::accumulate(s.weights.begin(), s.weights.end(), 0.0);
    if (sum > 0 && std::isfinite(sum)) continue;
    return absl::FailedPreconditionError(
        absl::StrCat("at time ", s.time, " the weights of the rows to train on sum to ", sum,
                     ", which must be positive and finite; append points with weights there, name the time in "
                     "hold_out.test_times, or lower its fractions"));
  }
  return absl::OkStatus();
}

absl::Status AllViolations(const std::vector<Violation>& violations) {
  if (violations.empty()) return absl::OkStatus();
  std::string text;
  for (const Violation& v : violations) absl::StrAppend(&text, text.empty() ? "" : "; ", v.field, " ", v.reason);
  return absl::InvalidArgumentError(text);
}

}  // namespace

struct Trainer::State {
  // The weights that a member serves, and how they scored.
  struct Served {
    Parameters parameters;
    int64_t step = 0;
    std::vector<SnapshotScore> scores;
  };

  // The rows that one training sees, and their units.
  struct Rows {
    Snapshots train;
    Standardisation standardisation;
  };

  // Constant after Create.
  TrainerOptions options;
  Rows choosing;              // the training rows
  std::optional<Rows> refit;  // and with the validation rows, where those choose and are then trained on
  std::vector<Push> pushes;
  Potential potential;
  Provenance provenance;  // its path's masses are known with the path, selected_steps and scores at the end

  // The run: members that are done, and the one in training.
  std::vector<Served> done;
  Optimizer optimizer;
  TimeLaw times;
  std::optional<Served> choice;  // what the validation rows chose, while the member is trained once more
  std::optional<Served> best;    // to be served; empty until a choice was made
  double best_distance = std::numeric_limits<double>::infinity();

  const TrainSpec& spec() const { return provenance.spec; }
  bool chooses() const { return spec().hold_out.validation_fraction.value_or(0) > 0; }
  const Rows& rows() const { return choice.has_value() ? *refit : choosing; }
  // Of the training under way.
  int64_t steps() const { return choice.has_value() ? choice->step : spec().training.steps; }
  int64_t steps_a_member() const { return spec().training.steps * (refit.has_value() ? 2 : 1); }
  // Before this training, over all members: one that is shorter starts later, so that all end together.
  int64_t steps_before() const {
    const int64_t before = static_cast<int64_t>(done.size()) * steps_a_member();
    return choice.has_value() ? before + steps_a_member() - steps() : before;
  }

  std::shared_ptr<const Field> MakeField(const Rows& of, Provenance with, std::vector<Parameters> members) const {
    return std::make_shared<Field>(of.standardisation, of.train.at.back().time, std::move(with),
                                   std::make_unique<Field::Weights>(potential, std::move(members)));
  }

  // Starts a training of the next member.
  void Begin() {
    const uint64_t seed = MemberSeed(spec().seed, static_cast<int>(done.size()));
    optimizer = Optimizer(spec().training, potential, potential.Initialise(seed), options.threads);
    std::vector<double> knots;
    for (const Snapshot& s : rows().train.at) knots.push_back(rows().standardisation.Tau(s.time));
    times = TimeLaw(spec().training.times, spec().training.quadrature_nodes, std::move(knots));
    best.reset();
    best_distance = std::numeric_limits<double>::infinity();
  }

  // Measures the averaged weights on the held-out rows, and keeps them if they are the best so far.
  absl::StatusOr<std::vector<SnapshotScore>> Evaluate() {
    Served now{optimizer.Average(), optimizer.step(), {}};
    const std::shared_ptr<const Field> field = MakeField(rows(), provenance, {now.parameters});
    IntegrateOptions integrate;
    if (!spec().dynamics.HasNoise()) integrate.method = IntegrateOptions::Method::kRk4;
    integrate.steps = kPushSteps;
    integrate.threads = options.threads;
    double distance = 0;
    int validated = 0;
    for (size_t i = 0; i < pushes.size(); ++i) {
      const Push& push = pushes[i];
      if (choice.has_value() && push.subset == Subset::kValidation) {
        now.scores.push_back(choice->scores[i]);  // these rows are being trained on
        continue;
      }
      absl::StatusOr<SnapshotScore> score = ScorePush(*field, push.source, push.observed, push.subset, integrate);
      if (absl::IsCancelled(score.status()) || absl::IsUnavailable(score.status())) return score.status();
      // Held-out rows may be nonsense (too far for finite distances, without any weight): that is a score, and ends no
      // training.
      if (!score.ok() || !std::isfinite(score->w1)) score = Unreachable(push, spec().seed);
      score->member_seeds = {MemberSeed(spec().seed, static_cast<int>(done.size()))};
      score->pushed_present = push.source_present;
      score->observed_present = push.observed_present;
      if (push.subset == Subset::kValidation) {
        distance += score->w1;
        ++validated;
      }
      now.scores.push_back(*std::move(score));
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
    SaveParameters(potential, served.parameters, absl::StrCat(prefix, "."), &file->arrays);
    file->arrays[absl::StrCat(prefix, ".step")] = Array::Of(absl::MakeConstSpan(&served.step, 1), {1});
    file->metadata[absl::StrCat(prefix, ".scores")] = ScoresToJson(served.scores);
  }

  absl::StatusOr<Served> Load(const std::string& prefix, const TensorFile& file) const {
    absl::StatusOr<Parameters> parameters = LoadParameters(potential, absl::StrCat(prefix, "."), file);
    if (!parameters.ok()) return parameters.status();
    const absl::StatusOr<const Array*> step = file.Find(absl::StrCat(prefix, ".step"));
    if (!step.ok()) return step.status();
    const auto text = file.metadata.find(absl::StrCat(prefix, ".scores"));
    absl::StatusOr<std::vector<SnapshotScore>> scores =
        ScoresFromJson(text == file.metadata.end() ? std::string() : text->second);
    if (!scores.ok()) return scores.status();
    return Served{*std::move(parameters), (*step)->Int64s().at(0), *std::move(scores)};
  }

  std::string SaveCheckpoint() const {
    TensorFile file;
    file.kind = "checkpoint";
    file.metadata["spec"] = TrainSpecToJson(spec());
    file.metadata["content_hash"] = provenance.content_hash;
    file.metadata["kernels"] = KernelsOf(spec().training);
    file.metadata["members_done"] = absl::StrCat(done.size());
    for (size_t m = 0; m < done.size(); ++m) Save(done[m], absl::StrCat("member.", m), &file);
    if (choice.has_value()) Save(*choice, "choice", &file);
    optimizer.Save(&file.arrays);
    const std::vector<double>& density = times.state();
    file.arrays["times"] = Array::Of(absl::MakeConstSpan(density), {static_cast<int64_t>(density.size())});
    if (best.has_value()) Save(*best, "best", &file);
    file.arrays["best.distance"] = Array::Of(absl::MakeConstSpan(&best_distance, 1), {1});
    return SerializeTensorFile(file);
  }

  absl::Status Restore(const TensorFile& file) {
    const auto count = file.metadata.find("members_done");
    int members_done = 0;
    if (count == file.metadata.end() || !absl::SimpleAtoi(count->second, &members_done)) {
      return absl::DataLossError("the checkpoint does not say how many members are done");
    }
    done.clear();
    for (int m = 0; m < members_done; ++m) {
      absl::StatusOr<Served> member = Load(absl::StrCat("member.", m), file);
      if (!member.ok()) return absl::DataLossError(member.status().message());
      done.push_back(*std::move(member));
    }
    choice.reset();
    if (refit.has_value() && file.Find("choice.step").ok()) {
      absl::StatusOr<Served> chosen = Load("choice", file);
      if (!chosen.ok()) return absl::DataLossError(chosen.status().message());
      choice = *std::move(chosen);
    }
    Begin();
    const absl::Status status = optimizer.Restore(file);
    if (!status.ok()) return status;
    const absl::StatusOr<const Array*> density = file.Find("times");
    const absl::StatusOr<const Array*> distance = file.Find("best.distance");
    if (!density.ok() || !distance.ok() || !times.Restore((*density)->Doubles())) {
      return absl::DataLossError("the checkpoint holds no choice, or no times");
    }
    best_distance = (*distance)->Doubles().at(0);
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
    return MakeField(refit.has_value() ? *refit : choosing, provenance, std::move(members));
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
  const absl::Status runs = CheckProcessor(resolved.training);
  if (!runs.ok()) return runs;
  Snapshots train = Select(all, resolved.hold_out, resolved.seed, Subset::kTrain);
  if (train.at.size() < 2) {
    return absl::FailedPreconditionError(
        absl::StrCat("the hold-out leaves ", train.at.size(), " snapshots to train on; at least 2 are needed"));
  }
  std::vector<Push> pushes;
  for (const Subset subset : {Subset::kValidation, Subset::kTest}) {
    AddPushes(all, train, resolved.hold_out, resolved.seed, subset, &pushes);
  }
  const absl::Status weighed = CheckWeights(train);
  if (!weighed.ok()) return weighed;
  AssignMasses(resolved.mass, all, &train);
  const PathChoice choice = ChoosePath(resolved, train);
  provenance.spec = resolved;
  provenance.path = choice.kind;
  provenance.path_reason = choice.reason;
  provenance.form = resolved.training.form;
  if (provenance.form == TrainingSpec::Form::kAuto) {
    provenance.form =
        choice.kind == PathSpec::Kind::kObserved ? TrainingSpec::Form::kAction : TrainingSpec::Form::kConditional;
  }
  State::Rows choosing{std::move(train), {}};
  choosing.standardisation = Standardise(choosing.train);
  std::optional<State::Rows> refit;
  if (resolved.hold_out.refit && *resolved.hold_out.validation_fraction > 0) {
    HoldOutSpec without = resolved.hold_out;
    without.validation_fraction = 0;
    refit = State::Rows{Select(all, without, resolved.seed, Subset::kTrain), {}};
    AssignMasses(resolved.mass, all, &refit->train);
    refit->standardisation = Standardise(refit->train);
  }
  for (const Snapshot& snapshot : (refit.has_value() ? *refit : choosing).train.at) {
    provenance.snapshot_times.push_back(snapshot.time);
    provenance.snapshot_masses.push_back(snapshot.mass);
  }
  const Potential potential(resolved.potential, all.dimension);
  auto state = std::make_unique<State>(
      State{options,
            std::move(choosing),
            std::move(refit),
            std::move(pushes),
            potential,
            std::move(provenance),
            {},
            Optimizer(resolved.training, potential, potential.Initialise(resolved.seed), options.threads),
            TimeLaw(TrainingSpec::Times::kStratified, 1, {0, 1}),
            std::nullopt,
            std::nullopt});
  state->Begin();
  return std::unique_ptr<Trainer>(new Trainer(std::move(state)));
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
  const auto report_phase = [&](Phase phase, double fraction) {
    return hooks.on_phase ? hooks.on_phase(phase, fraction) : absl::OkStatus();
  };
  at::set_num_threads(std::max(1, s.options.threads));
  PathSpec path_spec = s.spec().path;
  path_spec.kind = s.provenance.path;
  std::vector<std::unique_ptr<const Path>> paths;  // of the choosing rows, and of those of the refit
  const double share = s.refit.has_value() ? 0.5 : 1;
  for (const State::Rows* rows : {&s.choosing, s.refit.has_value() ? &*s.refit : nullptr}) {
    if (rows == nullptr) continue;
    const double before = static_cast<double>(paths.size()) * share;
    absl::StatusOr<std::unique_ptr<const Path>> path =
        MakePath(path_spec, s.spec().dynamics, rows->train, rows->standardisation, s.spec().seed,
                 [&](double fraction) { return report_phase(Phase::kPath, before + fraction * share); });
    if (!path.ok()) return path.status();
    paths.push_back(*std::move(path));
  }
  // Those of the rows that the field is trained on last, as its snapshots' masses are.
  const Standardisation& units = (s.refit.has_value() ? *s.refit : s.choosing).standardisation;
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
    if (s.refit.has_value() && !s.choice.has_value()) {
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
  Objective objective;
  objective.form = s.provenance.form;
  const Standardisation& units = s.rows().standardisation;
  objective.dynamics = s.spec().dynamics.Standardised(units.scale, units.duration);
  objective.laplacian_probes = training.laplacian_probes.value_or(0);
  objective.seed = MemberSeed(s.spec().seed, static_cast<int>(s.done.size()));
  DrawRequest request;
  request.seed = objective.seed;
  request.samples = training.batch_size;
  request.with_boundaries = objective.form == TrainingSpec::Form::kAction;
  request.times = &s.times;
  const int64_t rows = request.samples * (static_cast<int64_t>(s.rows().train.at.size()) - 1);
  const std::unique_ptr<LossGradient> loss_gradient =
      MakeLossGradient(training, objective, s.potential, rows, s.options.threads);
  at::Tensor gradient = at::empty_like(s.optimizer.flat());
  // The next step's samples are drawn beside this step's passes, but for times that learn from them.
  const bool draw_ahead = training.times != TrainingSpec::Times::kAdaptive;
  PathBatch batch;
  PathBatch next;
  std::function<void()> beside;
  if (draw_ahead) {
    beside = [&] { path.Draw(request, &next); };
    request.step = s.optimizer.step();
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
  while (s.optimizer.step() < s.steps()) {
    if (hooks.before_step) {
      const absl::Status status = hooks.before_step();
      if (!status.ok()) return status;
    }
    const auto begin = std::chrono::steady_clock::now();
    const int64_t step = s.optimizer.step();
    if (draw_ahead) {
      std::swap(batch, next);
      request.step = step + 1;
    } else {
      request.step = step;
      path.Draw(request, &batch);
    }
    const LossAndInterior answer = loss_gradient->Compute(s.optimizer.flat(), batch, step, beside, &gradient);
    const absl::StatusOr<Optimizer::StepInfo> info = s.optimizer.Step(gradient);
    if (!info.ok()) return info.status();
    if (!draw_ahead) s.times.Update(batch.tau, answer.interior);
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
    note(answer.loss, info->gradient_norm, seconds.count());
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
