#include "core/path/choose_path.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace actionmatch {
namespace {

constexpr double kLeastOverlap = 0.5;
constexpr double kDifferentMass = 1.01;

double LeastOverlap(const Snapshots& snapshots) {
  double least = 1;
  for (size_t k = 0; k + 1 < snapshots.at.size(); ++k) {
    least = std::min(least, Overlap(snapshots.at[k].points, snapshots.at[k + 1].points));
  }
  return least;
}

}  // namespace

double Overlap(const Points& a, const Points& b) {
  constexpr int64_t kPoints = 200;  // of each cloud
  constexpr int64_t kNeighbours = 10;
  const int64_t n = std::min({a.count(), b.count(), kPoints});
  if (n < 2) return 0;
  std::vector<absl::Span<const double>> rows;
  for (const Points* cloud : {&a, &b}) {
    for (int64_t i = 0; i < n; ++i) rows.push_back(cloud->row(i * cloud->count() / n));
  }
  const int64_t all = 2 * n;
  std::vector<double> squares(static_cast<size_t>(all * all), 0.0);
  for (int64_t i = 0; i < all; ++i) {
    for (int64_t j = 0; j < i; ++j) {
      squares[i * all + j] = squares[j * all + i] = SquaredDistance(rows[i], rows[j]);
    }
  }
  // Few points have few neighbours that are near.
  const int64_t neighbours = std::clamp<int64_t>(n / 4, 1, kNeighbours);
  double share = 0;
  std::vector<double> sorted;
  for (int64_t i = 0; i < all; ++i) {
    const double* row = squares.data() + i * all;
    sorted.assign(row, row + all);
    sorted.erase(sorted.begin() + i);
    std::nth_element(sorted.begin(), sorted.begin() + (neighbours - 1), sorted.end());
    const double furthest = sorted[neighbours - 1];
    double within = 0, others = 0;  // with all that are as far as the last: equal points have no order
    for (int64_t j = 0; j < all; ++j) {
      if (j == i || row[j] > furthest) continue;
      within += 1;
      others += (i < n) != (j < n);
    }
    share += others / within / static_cast<double>(all);
  }
  return share * static_cast<double>(all - 1) / static_cast<double>(n);
}

PathChoice ChoosePath(const TrainSpec& spec, const Snapshots& train) {
  const Dynamics& dynamics = spec.dynamics;
  if (spec.path.kind != PathSpec::Kind::kAuto) return {spec.path.kind, "as the spec asks"};
  if (spec.training.times == TrainingSpec::Times::kGaussLegendre) {
    return {PathSpec::Kind::kObserved, "observed: training.times is GAUSS_LEGENDRE, which needs it"};
  }
  if (dynamics.lambda > 0 && dynamics.IsQuadratic()) {
    const auto less = [](const Snapshot& a, const Snapshot& b) { return a.mass < b.mass; };
    const auto [least, most] = std::minmax_element(train.at.begin(), train.at.end(), less);
    if (most->mass > kDifferentMass * least->mass) {
      return {PathSpec::Kind::kUot, absl::StrFormat("uot: dynamics.lambda is %g and masses differ, by a factor of %.3g",
                                                    dynamics.lambda, most->mass / least->mass)};
    }
  }
  const size_t count = train.at.size();
  if (count < kDenseSnapshots) {
    return {PathSpec::Kind::kOt,
            absl::StrCat("ot: ", count, " snapshots; observed is for ", kDenseSnapshots, " or more that overlap")};
  }
  if (spec.training.form == TrainingSpec::Form::kConditional) {
    return {PathSpec::Kind::kOt, "ot: training.form is CONDITIONAL, which needs curves; an observed path has none"};
  }
  const double least = LeastOverlap(train);
  const bool overlap = least >= kLeastOverlap;
  return {overlap ? PathSpec::Kind::kObserved : PathSpec::Kind::kOt,
          absl::StrFormat("%s: %d snapshots; neighbours overlap by %.0f %% or more (observed is for %.0f %% on)",
                          overlap ? "observed" : "ot", count, 100 * least, 100 * kLeastOverlap)};
}

}  // namespace actionmatch
