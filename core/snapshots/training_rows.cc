#include "core/snapshots/training_rows.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "absl/strings/str_cat.h"

namespace actionmatch {
namespace {

Snapshot Thin(const Snapshot& snapshot) {
  const int64_t count = snapshot.points.count();
  if (count <= kMaxScoredRows) return snapshot;
  Snapshot thin;
  thin.time = snapshot.time;
  thin.points.dimension = snapshot.points.dimension;
  for (int64_t r = 0; r < kMaxScoredRows; ++r) {
    const int64_t i = r * count / kMaxScoredRows;
    thin.points.Append(snapshot.points.row(i));
    thin.weights.push_back(snapshot.weights[i]);
    thin.rows.push_back(snapshot.rows[i]);
  }
  return thin;
}

// Adds a push to each snapshot of the subset, from the same subset's rows of the time before it or, if there are none,
// from the training rows.
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

}  // namespace

absl::Status CheckTrainedWeight(double time, double sum) {
  if (sum > 0 && std::isfinite(sum)) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat("at time ", time, " the weights of the rows to train on sum to ", sum,
                   ", which must be positive and finite; append points with weights there, name the time in "
                   "hold_out.test_times, or lower its fractions"));
}

namespace {

absl::Status CheckTrainedWeights(const HoldOutSpec& hold_out, const Snapshots& all, const Snapshots& train) {
  auto trained = train.at.begin();
  for (const Snapshot& s : all.at) {
    if (hold_out.IsTestTime(s.time)) continue;
    double sum = 0;
    if (trained != train.at.end() && trained->time == s.time) {
      sum = std::accumulate(trained->weights.begin(), trained->weights.end(), 0.0);
      ++trained;
    }
    const absl::Status weighed = CheckTrainedWeight(s.time, sum);
    if (!weighed.ok()) return weighed;
  }
  return absl::OkStatus();
}

absl::StatusOr<TrainingRows> InUnits(const MassSpec& mass, const Snapshots& all, Snapshots train) {
  TrainingRows training;
  absl::Status status = AssignMasses(mass, all, &train);
  if (!status.ok()) return status;
  training.standardisation = Standardise(train);
  status = CheckUnits(training.standardisation);
  if (!status.ok()) return status;
  training.rows = std::move(train);
  return training;
}

}  // namespace

absl::StatusOr<PreparedRows> PrepareRows(const TrainSpec& spec, const Snapshots& all) {
  PreparedRows prepared;
  Snapshots train = Select(all, spec.hold_out, spec.seed, Subset::kTrain);
  const absl::Status weighed = CheckTrainedWeights(spec.hold_out, all, train);
  if (!weighed.ok()) return weighed;
  for (const Subset subset : {Subset::kValidation, Subset::kTest}) {
    AddPushes(all, train, spec.hold_out, spec.seed, subset, &prepared.pushes);
  }
  absl::StatusOr<TrainingRows> choosing = InUnits(spec.mass, all, std::move(train));
  if (!choosing.ok()) return choosing.status();
  prepared.choosing = *std::move(choosing);
  if (spec.hold_out.refit && *spec.hold_out.validation_fraction > 0) {
    HoldOutSpec without = spec.hold_out;
    without.validation_fraction = 0;
    absl::StatusOr<TrainingRows> refit = InUnits(spec.mass, all, Select(all, without, spec.seed, Subset::kTrain));
    if (!refit.ok()) return refit.status();
    prepared.refit = *std::move(refit);
  }
  return prepared;
}

}  // namespace actionmatch
