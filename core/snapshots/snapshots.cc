#include "core/snapshots/snapshots.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "absl/strings/str_cat.h"
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

void Moments::Add(const Points& points) {
  Moments piece(points.dimension);
  piece.rows_ = static_cast<double>(points.count());
  if (piece.rows_ == 0) return;
  for (int64_t i = 0; i < points.count(); ++i) {
    for (int64_t d = 0; d < points.dimension; ++d) piece.mean_[d] += points.row(i)[d];
  }
  for (double& m : piece.mean_) m /= piece.rows_;
  for (int64_t i = 0; i < points.count(); ++i) {
    for (int64_t d = 0; d < points.dimension; ++d) {
      const double deviation = points.row(i)[d] - piece.mean_[d];
      piece.squares_ += deviation * deviation;
    }
  }
  Join(piece);
}

void Moments::Join(const Moments& other) {
  const double rows = rows_ + other.rows_;
  if (rows == 0) return;
  squares_ += other.squares_;
  for (size_t d = 0; d < mean_.size(); ++d) {
    const double apart = other.mean_[d] - mean_[d];
    squares_ += apart * (rows_ * other.rows_ / rows) * apart;
    mean_[d] += apart * other.rows_ / rows;
  }
  rows_ = rows;
}

Standardisation Moments::Units(double start_time, double end_time) const {
  Standardisation units;
  units.mean = mean_;
  const double scale = std::sqrt(squares_ / (rows_ * static_cast<double>(mean_.size())));
  units.scale = scale == 0 ? 1 : scale;
  units.start_time = start_time;
  units.duration = end_time - start_time;
  return units;
}

Standardisation Standardise(const Snapshots& snapshots) {
  Moments moments(snapshots.dimension);
  for (const Snapshot& s : snapshots.at) moments.Add(s.points);
  return moments.Units(snapshots.at.front().time, snapshots.at.back().time);
}

absl::Status CheckUnits(const Standardisation& units) {
  if (std::isfinite(units.scale) && std::isfinite(units.duration)) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat("points or times to train on lie too far apart for floating point: their scale is ", units.scale,
                   ", their span ", units.duration, "; give them in larger units"));
}

Subset SubsetOf(const HoldOutSpec& hold_out, uint64_t seed, int64_t row, bool held_out) {
  if (held_out) return Subset::kTest;
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
    const bool held_out = hold_out.IsTestTime(s.time);
    for (int64_t i = 0; i < s.points.count(); ++i) {
      if (SubsetOf(hold_out, seed, s.rows[i], held_out) != subset) continue;
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

absl::Status RelateMasses(Snapshots* train) {
  const auto less = [](const Snapshot& a, const Snapshot& b) { return a.mass < b.mass; };
  const auto [least, most] = std::minmax_element(train->at.begin(), train->at.end(), less);
  if (!(most->mass / least->mass <= kMaxMassRatio)) {
    return absl::FailedPreconditionError(
        absl::StrCat("the masses at times ", least->time, " and ", most->time, ", ", least->mass, " and ", most->mass,
                     ", differ by more than a factor of ", kMaxMassRatio,
                     "; append points with other weights there, or set mass.source to GIVEN or NONE"));
  }
  const double first = train->at.front().mass;
  for (Snapshot& snapshot : train->at) snapshot.mass /= first;
  return absl::OkStatus();
}

absl::Status AssignMasses(const MassSpec& spec, const Snapshots& all, Snapshots* train) {
  for (Snapshot& snapshot : train->at) {
    const auto whole =
        std::find_if(all.at.begin(), all.at.end(), [&](const Snapshot& s) { return s.time == snapshot.time; });
    snapshot.mass = MassAt(spec, static_cast<size_t>(whole - all.at.begin()),
                           std::accumulate(snapshot.weights.begin(), snapshot.weights.end(), 0.0),
                           snapshot.points.count(), whole->points.count());
  }
  return RelateMasses(train);
}

}  // namespace actionmatch
