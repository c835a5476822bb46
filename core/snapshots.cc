#include "core/snapshots.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/random.h"

namespace actionmatch {

DatasetShape Snapshots::shape() const {
  DatasetShape shape;
  shape.dimension = dimension;
  for (const Snapshot& s : at) {
    shape.times.push_back(s.time);
    shape.counts.push_back(s.points.count());
    shape.weight_sums.push_back(std::accumulate(s.weights.begin(), s.weights.end(), 0.0));
  }
  return shape;
}

void SnapshotsBuilder::Add(absl::Span<const double> times, absl::Span<const double> weights, const Points& points) {
  for (size_t i = 0; i < times.size(); ++i) {
    const double time = times[i] + 0.0;  // -0 is 0
    const auto [place, found] = index_.try_emplace(time, at_.size());
    if (found) {
      Snapshot snapshot;
      snapshot.time = time;
      snapshot.points.dimension = dimension_;
      at_.push_back(std::move(snapshot));
    }
    Snapshot& snapshot = at_[place->second];
    snapshot.points.Append(points.row(static_cast<int64_t>(i)));
    snapshot.weights.push_back(weights.empty() ? 1.0 : weights[i]);
    snapshot.rows.push_back(next_row_++);
  }
}

Snapshots SnapshotsBuilder::Build() && {
  std::sort(at_.begin(), at_.end(), [](const Snapshot& a, const Snapshot& b) { return a.time < b.time; });
  return {dimension_, std::move(at_)};
}

Standardisation Standardise(const Snapshots& snapshots) {
  Standardisation result;
  result.mean.assign(static_cast<size_t>(snapshots.dimension), 0.0);
  double rows = 0;
  for (const Snapshot& s : snapshots.at) {
    for (int64_t i = 0; i < s.points.count(); ++i) {
      for (int64_t d = 0; d < snapshots.dimension; ++d) result.mean[d] += s.points.row(i)[d];
    }
    rows += static_cast<double>(s.points.count());
  }
  for (double& m : result.mean) m /= rows;
  double squares = 0;
  for (const Snapshot& s : snapshots.at) {
    for (int64_t i = 0; i < s.points.count(); ++i) {
      for (int64_t d = 0; d < snapshots.dimension; ++d) {
        const double deviation = s.points.row(i)[d] - result.mean[d];
        squares += deviation * deviation;
      }
    }
  }
  const double scale = std::sqrt(squares / (rows * static_cast<double>(snapshots.dimension)));
  if (scale > 0) result.scale = scale;
  result.start_time = snapshots.at.front().time;
  result.duration = snapshots.at.back().time - snapshots.at.front().time;
  return result;
}

Subset SubsetOf(const HoldOutSpec& hold_out, uint64_t seed, int64_t row, double time) {
  if (std::find(hold_out.test_times.begin(), hold_out.test_times.end(), time) != hold_out.test_times.end()) {
    return Subset::kTest;
  }
  const auto words = Philox(seed, RandomStream::kHoldOut, static_cast<uint64_t>(row), 0);
  const double u = ToUniform(words[0], words[1]);
  const double test = hold_out.test_fraction;
  if (u < test) return Subset::kTest;
  if (u < test + (1 - test) * hold_out.validation_fraction.value_or(0)) return Subset::kValidation;
  return Subset::kTrain;
}

Snapshots Select(const Snapshots& snapshots, const HoldOutSpec& hold_out, uint64_t seed, Subset subset) {
  if (subset == Subset::kAll) return snapshots;
  Snapshots selected;
  selected.dimension = snapshots.dimension;
  for (const Snapshot& s : snapshots.at) {
    Snapshot kept;
    kept.time = s.time;
    kept.points.dimension = snapshots.dimension;
    for (int64_t i = 0; i < s.points.count(); ++i) {
      if (SubsetOf(hold_out, seed, s.rows[i], s.time) != subset) continue;
      kept.points.Append(s.points.row(i));
      kept.weights.push_back(s.weights[i]);
      kept.rows.push_back(s.rows[i]);
    }
    if (kept.points.count() > 0) selected.at.push_back(std::move(kept));
  }
  return selected;
}

double MassAt(const MassSpec& spec, size_t k, double weight, int64_t trained, int64_t count) {
  switch (spec.source) {
    case MassSpec::Source::kGiven:
      return spec.values.at(k);
    case MassSpec::Source::kCounts:
      return weight * static_cast<double>(count) / static_cast<double>(trained);
    default:
      return 1;
  }
}

void AssignMasses(const MassSpec& spec, const Snapshots& all, Snapshots* train) {
  for (Snapshot& snapshot : train->at) {
    const auto whole =
        std::find_if(all.at.begin(), all.at.end(), [&](const Snapshot& s) { return s.time == snapshot.time; });
    snapshot.mass = MassAt(spec, static_cast<size_t>(whole - all.at.begin()),
                           std::accumulate(snapshot.weights.begin(), snapshot.weights.end(), 0.0),
                           snapshot.points.count(), whole->points.count());
  }
  const double first = train->at.front().mass;
  for (Snapshot& snapshot : train->at) snapshot.mass /= first;
}

}  // namespace actionmatch
