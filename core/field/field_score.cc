#include "core/field/field_score.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/cause.h"
#include "core/field/field.h"
#include "core/metrics/distances.h"
#include "core/metrics/snapshot_score.h"
#include "core/random.h"

namespace actionmatch {
namespace {

constexpr int kFloorRepeats = 5;

struct Distances {
  double w1 = 0;
  double w2 = 0;
  double w1_error_bound = 0;
  double w2_error_bound = 0;
};

absl::StatusOr<Distances> Measure(const WeightedPoints& a, const WeightedPoints& b, Distance distance) {
  if (distance == Distance::kSliced) {
    const absl::StatusOr<SlicedDistances> sliced = SlicedWasserstein(a, b);
    if (!sliced.ok()) return sliced.status();
    return Distances{sliced->w1, sliced->w2, 0, 0};
  }
  const absl::StatusOr<ExactDistance> w1 = Wasserstein1(a, b);
  if (!w1.ok()) return w1.status();
  const absl::StatusOr<ExactDistance> w2 = Wasserstein2(a, b);
  if (!w2.ok()) return w2.status();
  return Distances{w1->value, w2->value, w1->error_bound, w2->error_bound};
}

WeightedPoints Rows(const Snapshot& snapshot, absl::Span<const int64_t> order) {
  WeightedPoints rows{{snapshot.points.dimension, {}}, {}};
  for (int64_t i : order) {
    rows.points.Append(snapshot.points.row(i));
    rows.weights.push_back(snapshot.weights[i]);
  }
  return rows;
}

const Snapshot* Find(const Snapshots& snapshots, double time) {
  for (const Snapshot& s : snapshots.at) {
    if (s.time == time) return &s;
  }
  return nullptr;
}

// Adds the copy baseline and the floor, in the distance of the score.
absl::Status AddBaselines(const Snapshot& previous, const Snapshot& observed, const Snapshot& whole, uint64_t seed,
                          SnapshotScore* score) {
  const absl::StatusOr<Distances> copy =
      Measure({previous.points, previous.weights}, {observed.points, observed.weights}, score->distance);
  if (!copy.ok()) return copy.status();
  score->copy_w1 = copy->w1;
  score->copy_w2 = copy->w2;
  const absl::StatusOr<std::optional<SplitFloor>> floor =
      ComputeSplitFloor(whole, score->pushed_count, score->observed_count, seed, kFloorRepeats, score->distance);
  if (!floor.ok()) return floor.status();
  if (!floor->has_value()) return absl::OkStatus();
  score->floor_seed = seed;
  score->floor_w1 = (*floor)->w1;
  score->floor_w2 = (*floor)->w2;
  score->floor_pushed_count = (*floor)->n;
  score->floor_observed_count = (*floor)->m;
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<SnapshotScore> ScorePush(const Field& field, const Snapshot& source, const Snapshot& observed,
                                        Subset subset, const SampleOptions& options, Distance distance) {
  absl::StatusOr<Trajectory> pushed = Sample(field, source.points, source.time, {observed.time}, options);
  if (!pushed.ok()) return pushed.status();
  WeightedPoints landed{std::move(pushed->points[0]), source.weights};
  // Weights relative to the largest: distances do not depend on a common factor, and no weight overflows.
  const std::vector<double>& log_weights = pushed->log_weights[0];
  const double largest = *std::max_element(log_weights.begin(), log_weights.end());
  for (size_t i = 0; i < landed.weights.size(); ++i) landed.weights[i] *= std::exp(log_weights[i] - largest);
  const WeightedPoints target{observed.points, observed.weights};
  const absl::StatusOr<Distances> distances = Measure(landed, target, distance);
  if (!distances.ok()) return distances.status();
  SnapshotScore score;
  const double before = std::accumulate(source.weights.begin(), source.weights.end(), 0.0);
  const double after = std::accumulate(landed.weights.begin(), landed.weights.end(), 0.0);
  double squares = 0;  // of shares, which cannot overflow
  for (double w : landed.weights) squares += (w / after) * (w / after);
  score.mass = std::exp(largest) * (after / before);
  score.effective_sample_size = 1 / squares;
  const std::vector<double>& known = field.provenance().snapshot_times;
  const auto has_mass = [&](double time) { return std::find(known.begin(), known.end(), time) != known.end(); };
  if (field.dynamics().lambda > 0 && has_mass(source.time) && has_mass(observed.time)) {
    score.observed_mass = field.Mass(observed.time) / field.Mass(source.time);
  }
  score.time = observed.time;
  score.source_time = source.time;
  score.subset = subset;
  score.pushed_count = score.pushed_present = source.points.count();
  score.observed_count = score.observed_present = observed.points.count();
  score.distance = distance;
  score.split_seed = field.provenance().spec.seed;
  score.w1 = distances->w1;
  score.w2 = distances->w2;
  score.w1_error_bound = distances->w1_error_bound;
  score.w2_error_bound = distances->w2_error_bound;
  // If a side has a single point of positive weight, there is no MMD.
  const absl::StatusOr<double> mmd2 = Mmd2(landed, target, MedianDistance(landed, target));
  if (mmd2.ok()) score.mmd2 = *mmd2;
  return score;
}

namespace {

// The snapshots of a subset, and the snapshot that each is pushed from.
class ScoredSnapshots {
 public:
  ScoredSnapshots(const Snapshots& all, const TrainSpec& spec, Subset subset)
      : chosen_(Select(all, spec.hold_out, spec.seed, subset)),
        train_(Select(all, spec.hold_out, spec.seed, Subset::kTrain)) {}

  // Null if there is none.
  const Snapshot* ObservedAt(double time) const { return Find(chosen_, time); }
  const Snapshot* SourceAt(double time) const {
    const Snapshot* own = Find(chosen_, time);
    return own != nullptr ? own : Find(train_, time);
  }

 private:
  const Snapshots chosen_;
  const Snapshots train_;
};

// One distance for all scores, so that they can be compared. The pairs of sources and copies are counted here; a
// floor's parts are no larger than what was pushed and observed.
Distance DistanceOf(const Snapshots& all, const ScoredSnapshots& scored, int64_t most_exact_pairs) {
  for (size_t k = 1; k < all.at.size(); ++k) {
    const Snapshot* observed = scored.ObservedAt(all.at[k].time);
    if (observed == nullptr) continue;
    for (const size_t from : {size_t{0}, k - 1}) {
      const Snapshot* source = scored.SourceAt(all.at[from].time);
      if (source != nullptr && source->points.count() > most_exact_pairs / observed->points.count()) {
        return Distance::kSliced;
      }
    }
  }
  return Distance::kExact;
}

// The mean over members of the scores of one push.
absl::StatusOr<SnapshotScore> ScoreMembers(const Field& field, const Snapshot& source, const Snapshot& observed,
                                           const ScoreOptions& options, Distance distance) {
  SampleOptions integrate;
  integrate.threads = options.threads;
  integrate.before_step = options.before_step;
  const int end_member = options.member < 0 ? field.members() : options.member + 1;
  std::vector<std::vector<SnapshotScore>> members;
  for (int member = std::max(options.member, 0); member < end_member; ++member) {
    integrate.member = member;
    absl::StatusOr<SnapshotScore> score = ScorePush(field, source, observed, options.subset, integrate, distance);
    if (!score.ok()) return score.status();
    score->member_seeds = {MemberSeed(field.provenance().spec.seed, member)};
    members.push_back({*std::move(score)});
  }
  return MeanScores(members).front();
}

}  // namespace

absl::StatusOr<FieldScores> ScoreField(const Field& field, const Snapshots& all, const ScoreOptions& options) {
  if (all.dimension != field.dimension()) {
    return absl::InvalidArgumentError(
        absl::StrCat("the dataset has dimension ", all.dimension, "; the field's is ", field.dimension()));
  }
  if (options.member < -1 || options.member >= field.members()) {
    return ErrorOf(kNoSuchMember,
                   {{"member", absl::StrCat(options.member)}, {"members", absl::StrCat(field.members())}},
                   absl::StrCat("member must be 0 to ", field.members() - 1));
  }
  const ScoredSnapshots scored(all, field.provenance().spec, options.subset);
  const Distance distance = DistanceOf(all, scored, options.most_exact_pairs);
  FieldScores scores;
  for (size_t k = 1; k < all.at.size(); ++k) {
    const Snapshot* observed = scored.ObservedAt(all.at[k].time);
    if (observed == nullptr) continue;
    for (const bool from_first : {false, true}) {
      const Snapshot* source = scored.SourceAt(all.at[from_first ? 0 : k - 1].time);
      const Snapshot* previous = scored.SourceAt(all.at[k - 1].time);
      if (source == nullptr || previous == nullptr) continue;
      if (from_first && k == 1) {  // both pushes are the same
        scores.from_first.push_back(scores.from_previous.back());
        continue;
      }
      if (options.before_step) {
        const absl::Status status = options.before_step();
        if (!status.ok()) return status;
      }
      absl::StatusOr<SnapshotScore> score = ScoreMembers(field, *source, *observed, options, distance);
      if (!score.ok()) return score.status();
      if (options.baselines) {
        const absl::Status status = AddBaselines(*previous, *observed, all.at[k], options.seed, &*score);
        if (!status.ok()) return status;
      }
      (from_first ? scores.from_first : scores.from_previous).push_back(*std::move(score));
    }
  }
  if (scores.from_previous.empty()) {
    return ErrorOf(kSubsetEmpty, {},
                   "the subset leaves no snapshot to score; train with hold_out set, or score another subset");
  }
  return scores;
}

absl::StatusOr<std::optional<SplitFloor>> ComputeSplitFloor(const Snapshot& snapshot, int64_t n, int64_t m,
                                                            uint64_t seed, int repeats, Distance distance) {
  std::vector<int64_t> order;  // the rows of positive weight
  for (int64_t i = 0; i < snapshot.points.count(); ++i) {
    if (snapshot.weights[i] > 0) order.push_back(i);
  }
  const auto count = static_cast<int64_t>(order.size());
  SplitFloor floor;
  floor.n = n;
  floor.m = m;
  if (n + m > count) {
    floor.n = std::max<int64_t>(1, count * n / (n + m));
    floor.m = count - floor.n;
  }
  if (floor.m < 1) return std::optional<SplitFloor>();
  Random random(seed, RandomStream::kFloor, static_cast<uint64_t>(count));
  for (int r = 0; r < repeats; ++r) {
    Shuffle(random, &order);
    const absl::Span<const int64_t> all = absl::MakeConstSpan(order);
    const absl::StatusOr<Distances> distances =
        Measure(Rows(snapshot, all.subspan(0, floor.n)), Rows(snapshot, all.subspan(floor.n, floor.m)), distance);
    if (!distances.ok()) return distances.status();
    floor.w1 += distances->w1 / repeats;
    floor.w2 += distances->w2 / repeats;
  }
  return floor;
}

}  // namespace actionmatch
