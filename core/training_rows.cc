#include "core/training_rows.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "absl/strings/str_cat.h"

namespace actionmatch {
namespace {

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

}  // namespace

absl::Status CheckTrainedWeight(double time, double sum) {
  if (sum > 0 && std::isfinite(sum)) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat("at time ", time, " the weights of the rows to train on sum to ", sum,
                   ", which must be positive and finite; append points with weights there, name the time in "
                   "hold_out.test_times, or lower its fractions"));
}

absl::StatusOr<PreparedRows> PrepareRows(const TrainSpec& spec, const Snapshots& all) {
  PreparedRows prepared;
  Snapshots train = Select(all, spec.hold_out, spec.seed, Subset::kTrain);
  if (train.at.size() < 2) {
    return absl::FailedPreconditionError(
        absl::StrCat("the hold-out leaves ", train.at.size(), " snapshots to train on; at least 2 are needed"));
  }
  for (const Subset subset : {Subset::kValidation, Subset::kTest}) {
    AddPushes(all, train, spec.hold_out, spec.seed, subset, &prepared.pushes);
  }
  for (const Snapshot& s : train.at) {
    const absl::Status weighed = CheckTrainedWeight(s.time, std::accumulate(s.weights.begin(), s.weights.end(), 0.0));
    if (!weighed.ok()) return weighed;
  }
  AssignMasses(spec.mass, all, &train);
  prepared.choosing.standardisation = Standardise(train);
  prepared.choosing.rows = std::move(train);
  if (spec.hold_out.refit && *spec.hold_out.validation_fraction > 0) {
    HoldOutSpec without = spec.hold_out;
    without.validation_fraction = 0;
    prepared.refit.emplace();
    prepared.refit->rows = Select(all, without, spec.seed, Subset::kTrain);
    AssignMasses(spec.mass, all, &prepared.refit->rows);
    prepared.refit->standardisation = Standardise(prepared.refit->rows);
  }
  return prepared;
}

}  // namespace actionmatch
