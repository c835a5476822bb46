// PrepareRows for rows that stay in their files: one pass over the times counts the parts of the split, and one pass
// over all rows takes what training needs of them: moments, weights of blocks, and the few rows that are measured.

#include <algorithm>
#include <array>
#include <numeric>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/snapshots/training_rows.h"

namespace actionmatch {
namespace {

constexpr size_t kParts = 3;
constexpr std::array<Subset, kParts> kSubsets = {Subset::kTrain, Subset::kValidation, Subset::kTest};
constexpr size_t kTrain = 0;
constexpr size_t kValidation = 1;
constexpr int64_t kSampleBytes = int64_t{64} << 20;  // of the training rows that choose a path
constexpr int64_t kMinSample = 50;                   // of these rows, whatever their size

// One subset's rows of one time.
struct Part {
  int64_t count = 0;
  double weight = 0;
  std::vector<double> block_weights;
  int64_t most = 0;  // rows to keep, spread evenly
  int64_t seen = 0;
  Snapshot kept;

  void Keep(int64_t row, double weight_of_row, absl::Span<const double> point) {
    const int64_t wanted = std::min(count, most);
    const auto next = static_cast<int64_t>(kept.rows.size());
    if (next < wanted && seen == next * count / wanted) {
      kept.points.Append(point);
      kept.weights.push_back(weight_of_row);
      kept.rows.push_back(row);
    }
    ++seen;
  }
};

struct Time {
  bool held_out = false;
  std::array<Part, kParts> parts;
  int64_t seen = 0;
  int64_t block = 0;
};

class Preparation {
 public:
  Preparation(const TrainSpec& spec, std::shared_ptr<const StoredRows> all, const WindowOptions& options)
      : spec_(spec),
        all_(std::move(all)),
        blocks_(*all_, options),
        moments_{Moments(shape().dimension), Moments(shape().dimension), Moments(shape().dimension)},
        times_(shape().times.size()) {
    for (size_t k = 0; k < times_.size(); ++k) times_[k].held_out = spec.hold_out.IsTestTime(shape().times[k]);
  }

  absl::Status Count() {
    absl::Status status = all_->ForEachTimes([&](int64_t first, const std::vector<double>& times) {
      size_t k = 0;
      for (size_t i = 0; i < times.size(); ++i) {
        k = Find(times[i], k);
        ++times_[k].parts[PartOf(first + static_cast<int64_t>(i), times_[k])].count;
      }
    });
    if (!status.ok()) return status;
    const int64_t sample =
        kSampleBytes / (static_cast<int64_t>(sizeof(double)) * std::max<int64_t>(1, shape().dimension) *
                        std::max<int64_t>(1, static_cast<int64_t>(times_.size())));
    for (size_t k = 0; k < times_.size(); ++k) {
      for (Part& part : times_[k].parts) {
        part.kept.time = shape().times[k];
        part.kept.points.dimension = shape().dimension;
        part.block_weights.assign(static_cast<size_t>(blocks_.count(k)), 0.0);
      }
      times_[k].parts[kTrain].most = std::clamp(sample, kMinSample, kMaxScoredRows);
    }
    ForEachPush([](Part& source, Part& observed, Subset) { source.most = observed.most = kMaxScoredRows; });
    return absl::OkStatus();
  }

  absl::Status Scan(const std::function<absl::Status(double fraction)>& on_progress) {
    return all_->ForEachFile([&](const StoredRows::Rows& rows, double fraction) {
      std::array<Points, kParts> points;
      for (Points& p : points) p.dimension = shape().dimension;
      size_t k = 0;
      for (size_t i = 0; i < rows.times.size(); ++i) {
        k = Find(rows.times[i], k);
        Time& time = times_[k];
        while (time.seen >= blocks_.Begin(k, time.block + 1)) ++time.block;
        ++time.seen;
        const int64_t row = rows.first + static_cast<int64_t>(i);
        const size_t p = PartOf(row, time);
        const absl::Span<const double> point = rows.points.row(static_cast<int64_t>(i));
        Part& part = time.parts[p];
        part.weight += rows.weights[i];
        part.block_weights[time.block] += rows.weights[i];
        part.Keep(row, rows.weights[i], point);
        points[p].Append(point);
      }
      for (size_t p : {kTrain, kValidation}) moments_[p].Add(points[p]);
      return on_progress ? on_progress(fraction) : absl::OkStatus();
    });
  }

  // The rows of these parts are trained on together; `hold_out` calls them kTrain.
  absl::StatusOr<TrainingRows> Training(const std::vector<size_t>& parts, const HoldOutSpec& hold_out) const {
    TrainingRows training;
    training.rows.dimension = shape().dimension;
    std::vector<RowWindows::Knot> knots;
    for (size_t k = 0; k < times_.size(); ++k) {
      int64_t trained = 0;
      double weight = 0;
      std::vector<double> block_weights(static_cast<size_t>(blocks_.count(k)), 0.0);
      for (size_t p : parts) {
        const Part& part = times_[k].parts[p];
        trained += part.count;
        weight += part.weight;
        for (size_t b = 0; b < block_weights.size(); ++b) block_weights[b] += part.block_weights[b];
      }
      if (trained == 0) continue;
      training.rows.at.push_back(times_[k].parts[kTrain].kept);
      training.rows.at.back().mass = MassAt(spec_.mass, k, weight, trained, shape().counts[k]);
      knots.push_back({k, training.rows.at.back().mass, std::move(block_weights)});
    }
    absl::Status related = RelateMasses(&training.rows);
    if (!related.ok()) return related;
    for (size_t j = 0; j < knots.size(); ++j) knots[j].mass = training.rows.at[j].mass;
    Moments moments(shape().dimension);
    for (size_t p : parts) moments.Join(moments_[p]);
    training.standardisation = moments.Units(training.rows.at.front().time, training.rows.at.back().time);
    const absl::Status units = CheckUnits(training.standardisation);
    if (!units.ok()) return units;
    training.windows = std::make_shared<RowWindows>(all_, blocks_, hold_out, spec_.seed, std::move(knots));
    return training;
  }

  absl::Status CheckWeights() const {
    for (size_t k = 0; k < times_.size(); ++k) {
      if (times_[k].held_out) continue;
      absl::Status weighed = CheckTrainedWeight(shape().times[k], times_[k].parts[kTrain].weight);
      if (!weighed.ok()) return weighed;
    }
    return absl::OkStatus();
  }

  std::vector<Push> Pushes() {
    std::vector<Push> pushes;
    ForEachPush([&](Part& source, Part& observed, Subset subset) {
      pushes.push_back({source.kept, observed.kept, subset, source.count, observed.count});
    });
    return pushes;
  }

 private:
  const DatasetShape& shape() const { return all_->shape(); }

  // The index of a time, which is likely `guess`.
  size_t Find(double time, size_t guess) const {
    const std::vector<double>& times = shape().times;
    if (times[guess] == time) return guess;
    return static_cast<size_t>(std::lower_bound(times.begin(), times.end(), time) - times.begin());
  }

  size_t PartOf(int64_t row, const Time& time) const {
    const Subset subset = SubsetOf(spec_.hold_out, spec_.seed, row, time.held_out);
    return static_cast<size_t>(std::find(kSubsets.begin(), kSubsets.end(), subset) - kSubsets.begin());
  }

  // Visits each held-out snapshot with the rows that are pushed to it: the same subset's rows of the time before it or,
  // if there are none, the training rows.
  template <typename Visit>
  void ForEachPush(const Visit& visit) {
    for (size_t p = kValidation; p < kParts; ++p) {
      for (size_t k = 1; k < times_.size(); ++k) {
        Part& observed = times_[k].parts[p];
        std::array<Part, kParts>& before = times_[k - 1].parts;
        Part& source = before[p].count > 0 ? before[p] : before[kTrain];
        if (observed.count > 0 && source.count > 0) visit(source, observed, kSubsets[p]);
      }
    }
  }

  const TrainSpec& spec_;
  const std::shared_ptr<const StoredRows> all_;
  const RowBlocks blocks_;
  std::array<Moments, kParts> moments_;
  std::vector<Time> times_;  // one for each of the dataset's times
};

}  // namespace

absl::StatusOr<PreparedRows> PrepareRows(const TrainSpec& spec, std::shared_ptr<const StoredRows> all,
                                         const WindowOptions& options,
                                         const std::function<absl::Status(double fraction)>& on_progress) {
  Preparation preparation(spec, std::move(all), options);
  absl::Status status = preparation.Count();
  if (status.ok()) status = preparation.Scan(on_progress);
  if (status.ok()) status = preparation.CheckWeights();
  if (!status.ok()) return status;
  PreparedRows prepared;
  absl::StatusOr<TrainingRows> choosing = preparation.Training({kTrain}, spec.hold_out);
  if (!choosing.ok()) return choosing.status();
  prepared.choosing = *std::move(choosing);
  if (spec.hold_out.refit && *spec.hold_out.validation_fraction > 0) {
    HoldOutSpec without = spec.hold_out;
    without.validation_fraction = 0;
    absl::StatusOr<TrainingRows> refit = preparation.Training({kTrain, kValidation}, without);
    if (!refit.ok()) return refit.status();
    prepared.refit = *std::move(refit);
  }
  prepared.pushes = preparation.Pushes();
  return prepared;
}

}  // namespace actionmatch
