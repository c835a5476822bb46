#include "core/metrics.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "absl/strings/str_cat.h"
#include "core/transport.h"

namespace actionmatch {
namespace {

double SquaredDistance(absl::Span<const double> a, absl::Span<const double> b) {
  double squares = 0;
  for (size_t d = 0; d < a.size(); ++d) squares += (a[d] - b[d]) * (a[d] - b[d]);
  return squares;
}

std::vector<double> NormalisedWeights(const WeightedPoints& sample) {
  std::vector<double> weights = sample.weights;
  if (weights.empty()) weights.assign(static_cast<size_t>(sample.points.count()), 1.0);
  const double sum = std::accumulate(weights.begin(), weights.end(), 0.0);
  for (double& w : weights) w /= sum;
  return weights;
}

// Mean kernel value over pairs; within one sample (a == b) over distinct points only, which removes the bias.
double MeanKernel(const WeightedPoints& a, const std::vector<double>& wa, const WeightedPoints& b,
                  const std::vector<double>& wb, double bandwidth, bool distinct) {
  const double factor = -0.5 / (bandwidth * bandwidth);
  double sum = 0;
  double mass = 0;
  for (int64_t i = 0; i < a.points.count(); ++i) {
    for (int64_t j = 0; j < b.points.count(); ++j) {
      if (distinct && i == j) continue;
      const double w = wa[i] * wb[j];
      sum += w * std::exp(factor * SquaredDistance(a.points.row(i), b.points.row(j)));
      mass += w;
    }
  }
  return sum / mass;
}

}  // namespace

absl::StatusOr<Distance> Wasserstein1(const WeightedPoints& a, const WeightedPoints& b) {
  const absl::StatusOr<TransportPlan> plan = ExactTransport(a.points, a.weights, b.points, b.weights, 1);
  if (!plan.ok()) return plan.status();
  return Distance{plan->cost, plan->error_bound};
}

absl::StatusOr<Distance> Wasserstein2(const WeightedPoints& a, const WeightedPoints& b) {
  const absl::StatusOr<TransportPlan> plan = ExactTransport(a.points, a.weights, b.points, b.weights, 2);
  if (!plan.ok()) return plan.status();
  // |sqrt c - sqrt c'| = |c - c'| / (sqrt c + sqrt c'), and at most sqrt |c - c'|.
  const double value = std::sqrt(plan->cost);
  const double bound = std::sqrt(plan->error_bound);
  return Distance{value, value > bound ? plan->error_bound / value : bound};
}

absl::StatusOr<double> Mmd2(const WeightedPoints& a, const WeightedPoints& b, double bandwidth) {
  if (a.points.count() < 2 || b.points.count() < 2) {
    return absl::InvalidArgumentError(
        absl::StrCat("MMD needs 2 points or more on each side, has ", a.points.count(), " and ", b.points.count()));
  }
  if (a.points.dimension != b.points.dimension || !(bandwidth > 0)) {
    return absl::InvalidArgumentError("MMD needs points of one dimension and a positive bandwidth");
  }
  const std::vector<double> wa = NormalisedWeights(a);
  const std::vector<double> wb = NormalisedWeights(b);
  return MeanKernel(a, wa, a, wa, bandwidth, true) + MeanKernel(b, wb, b, wb, bandwidth, true) -
         2 * MeanKernel(a, wa, b, wb, bandwidth, false);
}

double MedianDistance(const WeightedPoints& a, const WeightedPoints& b) {
  constexpr int64_t kMost = 1000;
  const auto stride = [](const WeightedPoints& s) {
    return std::max<int64_t>(1, (s.points.count() + kMost - 1) / kMost);
  };
  std::vector<double> squares;
  for (int64_t i = 0; i < a.points.count(); i += stride(a)) {
    for (int64_t j = 0; j < b.points.count(); j += stride(b)) {
      squares.push_back(SquaredDistance(a.points.row(i), b.points.row(j)));
    }
  }
  if (squares.empty()) return 1;
  const auto middle = squares.begin() + static_cast<int64_t>(squares.size() / 2);
  std::nth_element(squares.begin(), middle, squares.end());
  return *middle > 0 ? std::sqrt(*middle) : 1;
}

}  // namespace actionmatch
