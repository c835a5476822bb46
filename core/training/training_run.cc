#include "core/training/training_run.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/device/device.h"
#include "core/device/machine.h"
#include "core/field/field_parameters.h"
#include "core/path/choose_path.h"
#include "core/path/make_path.h"
#include "core/path/window_path.h"
#include "core/potential/potential_kinds.h"

namespace actionmatch {
namespace {

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

WindowSchedule ScheduleOf(const TrainingRun& run, const RowWindows& windows) {
  return MakeSchedule(run.path(), run.spec().training, windows.window_rows());
}

// Resolves the path's kind and the loss's form, and says why.
void ChoosePathAndForm(TrainingRun* run) {
  Provenance& provenance = run->provenance;
  const PathChoice choice = ChoosePath(provenance.spec, run->rows.choosing.rows);
  provenance.path = choice.kind;
  provenance.path_reason = choice.reason;
  if (run->rows.choosing.windows != nullptr) {
    const WindowSchedule schedule = ScheduleOf(*run, *run->rows.choosing.windows);
    absl::StrAppend(&provenance.path_reason, "; the rows stay in their files: at a time about ", schedule.rows,
                    " of each snapshot serve ", schedule.steps, " steps");
  }
  provenance.form = provenance.spec.training.form;
  if (provenance.form == TrainingSpec::Form::kAuto) {
    provenance.form = TraitsOf(choice.kind).has_curves ? TrainingSpec::Form::kConditional : TrainingSpec::Form::kAction;
  }
}

TrainingRun MakeRun(const TrainSpec& resolved, PreparedRows rows, Provenance provenance,
                    const TrainerOptions& options) {
  TrainingRun run;
  run.threads = std::max(1, options.threads);
  run.rows = std::move(rows);
  run.potential = MakePotential(resolved.potential, run.rows.choosing.rows.dimension);
  run.provenance = std::move(provenance);
  run.provenance.spec = resolved;
  ChoosePathAndForm(&run);
  for (const Snapshot& snapshot : run.last_rows().rows.at) {
    run.provenance.snapshot_times.push_back(snapshot.time);
    run.provenance.snapshot_masses.push_back(snapshot.mass);
  }
  return run;
}

absl::StatusOr<std::unique_ptr<const Path>> MakePathOf(
    const TrainingRun& run, const TrainingRows& rows, const std::function<absl::Status(double fraction)>& on_progress) {
  const TrainSpec& spec = run.spec();
  if (rows.windows == nullptr) {
    return MakePath(run.path(), spec.dynamics, rows.rows, rows.standardisation, spec.seed, on_progress);
  }
  return MakeWindowPath(run.path(), spec.dynamics, rows.windows, rows.standardisation, ScheduleOf(run, *rows.windows),
                        spec.seed, on_progress);
}

}  // namespace

PathSpec TrainingRun::path() const {
  PathSpec path = spec().path;
  path.kind = provenance.path;
  return path;
}

std::shared_ptr<const Field> TrainingRun::MakeField(const TrainingRows& trained_on, Provenance with,
                                                    std::vector<Parameters> members) const {
  return std::make_shared<Field>(trained_on.standardisation, trained_on.rows.at.back().time, std::move(with),
                                 std::make_unique<FieldParameters>(potential, std::move(members)));
}

absl::StatusOr<TrainingRun> PrepareRun(const TrainSpec& spec, const Snapshots& all, Provenance provenance,
                                       const TrainerOptions& options) {
  const absl::StatusOr<TrainSpec> resolved = Resolve(spec, all.shape(), options);
  if (!resolved.ok()) return resolved.status();
  absl::StatusOr<PreparedRows> rows = PrepareRows(*resolved, all);
  if (!rows.ok()) return rows.status();
  return MakeRun(*resolved, *std::move(rows), std::move(provenance), options);
}

absl::StatusOr<TrainingRun> PrepareRun(const TrainSpec& spec, std::shared_ptr<const StoredRows> all,
                                       Provenance provenance, const TrainerOptions& options,
                                       const std::function<absl::Status(double fraction)>& on_progress) {
  const absl::StatusOr<TrainSpec> resolved = Resolve(spec, all->shape(), options);
  if (!resolved.ok()) return resolved.status();
  absl::StatusOr<PreparedRows> rows = PrepareRows(*resolved, std::move(all), options.windows, on_progress);
  if (!rows.ok()) return rows.status();
  return MakeRun(*resolved, *std::move(rows), std::move(provenance), options);
}

absl::StatusOr<std::vector<std::unique_ptr<const Path>>> MakePaths(
    const std::function<absl::Status(double fraction)>& on_progress, TrainingRun* run) {
  std::vector<std::unique_ptr<const Path>> paths;
  const double share = run->refits() ? 0.5 : 1;
  for (const TrainingRows* rows : {&run->rows.choosing, run->refits() ? &*run->rows.refit : nullptr}) {
    if (rows == nullptr) continue;
    const double before = static_cast<double>(paths.size()) * share;
    absl::StatusOr<std::unique_ptr<const Path>> path = MakePathOf(*run, *rows, [&](double fraction) {
      return on_progress ? on_progress(before + fraction * share) : absl::OkStatus();
    });
    if (!path.ok()) return path.status();
    paths.push_back(*std::move(path));
  }
  // The masses come from the path of the rows that the field is trained on last, as do the masses of its snapshots.
  const Standardisation& units = run->last_rows().standardisation;
  run->provenance.mass_times.clear();
  run->provenance.masses.clear();
  for (const MassNode& node : paths.back()->masses()) {
    run->provenance.mass_times.push_back(units.start_time + node.tau * units.duration);
    run->provenance.masses.push_back(node.mass);
  }
  return paths;
}

}  // namespace actionmatch
