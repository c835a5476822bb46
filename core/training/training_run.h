// TrainingRun: a training spec made ready for one dataset: the rows are split and have units, path and form are chosen.
// All members of a field share the run.

#ifndef ACTIONMATCH_CORE_TRAINING_TRAINING_RUN_H_
#define ACTIONMATCH_CORE_TRAINING_TRAINING_RUN_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/field/field.h"
#include "core/path/path.h"
#include "core/potential/potential.h"
#include "core/snapshots/training_rows.h"
#include "core/spec/spec.h"
#include "core/training/trainer_options.h"

namespace actionmatch {

// Constant after PrepareRun, except for the provenance's masses, which MakePaths fills in.
struct TrainingRun {
  int threads = 1;
  PreparedRows rows;
  std::shared_ptr<const Potential> potential;
  Provenance provenance;  // without the selected steps and the scores

  const TrainSpec& spec() const { return provenance.spec; }
  // Whether each member is trained twice: the second time on the validation rows too, for as many steps as these rows
  // chose.
  bool refits() const { return rows.refit.has_value(); }
  // The rows that a member is trained on last.
  const TrainingRows& last_rows() const { return refits() ? *rows.refit : rows.choosing; }
  int64_t steps_of_member() const { return spec().training.steps * (refits() ? 2 : 1); }
  int64_t total_steps() const { return steps_of_member() * spec().members; }
  uint64_t SeedOf(int member) const { return MemberSeed(spec().seed, member); }
  // The spec's path, with kind AUTO resolved.
  PathSpec path() const;

  // The field of these members' parameters, in the units of the rows that they were trained on.
  std::shared_ptr<const Field> MakeField(const TrainingRows& trained_on, Provenance with,
                                         std::vector<Parameters> members) const;
};

// `provenance` brings the dataset's part. INVALID_ARGUMENT with all violations of the spec; FAILED_PRECONDITION if this
// machine cannot run the spec, or, naming the time, if at some time no row to train on has weight.
absl::StatusOr<TrainingRun> PrepareRun(const TrainSpec& spec, const Snapshots& all, Provenance provenance,
                                       const TrainerOptions& options);
// As above, for rows that stay in their files; `on_progress` as in PrepareRows.
absl::StatusOr<TrainingRun> PrepareRun(const TrainSpec& spec, std::shared_ptr<const StoredRows> all,
                                       Provenance provenance, const TrainerOptions& options,
                                       const std::function<absl::Status(double fraction)>& on_progress);

// The paths that a member is trained on, one after the other: the path of run->rows.choosing and, if the run refits,
// the path of run->rows.refit. Fills in the masses of run->provenance. `on_progress`, which may be empty, hears the
// fraction done of all paths, and its error ends the work and is returned.
absl::StatusOr<std::vector<std::unique_ptr<const Path>>> MakePaths(
    const std::function<absl::Status(double fraction)>& on_progress, TrainingRun* run);

}  // namespace actionmatch

#endif  // ACTIONMATCH_CORE_TRAINING_TRAINING_RUN_H_
