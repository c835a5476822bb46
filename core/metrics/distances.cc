#include "core/metrics/distances.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/random.h"
#include "core/transport/exact_transport.h"

namespace actionmatch {
namespace {

std::vector<double> NormalisedWeights(const WeightedPoints& sample) {
  std::vector<double> weights = sample.weights;
  if (weights.empty()) weights.assign(static_cast<size_t>(sample.points.count()), 1.0);
  const double sum = std::accumulate(weights.begin(), weights.end(), 0.0);
  for (double& w : weights) w /= sum;
  return weights;
}

// The number of points that have a positive weight.
int64_t Weighing(const WeightedPoints& sample) {
  if (sample.weights.empty()) return sample.points.count();
  return std::count_if(sample.weights.begin(), sample.weights.end(), [](double w) { return w > 0; });
}

// The mean kernel value over pairs. Within one sample (a == b) only pairs of distinct points count, each once, which
// removes the bias.
double MeanKernel(const WeightedPoints& a, const std::vector<double>& wa, const WeightedPoints& b,
                  const std::vector<double>& wb, double bandwidth, bool distinct) {
  const double factor = -0.5 / (bandwidth * bandwidth);
  double sum = 0;
  double mass = 0;
  for (int64_t i = 0; i < a.points.count(); ++i) {
    for (int64_t j = distinct ? i + 1 : 0; j < b.points.count(); ++j) {
      const double w = wa[i] * wb[j];
      sum += w * std::exp(factor * SquaredDistance(a.points.row(i), b.points.row(j)));
      mass += w;
    }
  }
  return sum / mass;
}

// [P, D]: unit vectors, orthonormal in groups of D by Gram-Schmidt. On a line there is one direction.
Points Directions(int64_t dimension) {
  const int64_t count = dimension == 1 ? 1 : kSlicedDirections;
  Points directions{dimension, {}};
  std::vector<double> u(static_cast<size_t>(dimension));
  for (int64_t p = 0; p < count; ++p) {
    Random random(0, RandomStream::kDirections, static_cast<uint64_t>(p));
    for (double& component : u) component = random.Normal();
    for (int64_t q = p - p % dimension; q < p; ++q) {
      const absl::Span<const double> other = directions.row(q);
      const double along = std::inner_product(u.begin(), u.end(), other.begin(), 0.0);
      for (size_t d = 0; d < u.size(); ++d) u[d] -= along * other[d];
    }
    const double norm = std::sqrt(std::inner_product(u.begin(), u.end(), u.begin(), 0.0));
    for (double& component : u) component /= norm;
    directions.Append(u);
  }
  return directions;
}

// The values along u with their weights, in order.
void Project(const Points& points, const std::vector<double>& weights, absl::Span<const double> u,
             std::vector<std::pair<double, double>>* line) {
  line->clear();
  for (int64_t i = 0; i < points.count(); ++i) {
    const absl::Span<const double> x = points.row(i);
    line->push_back({std::inner_product(x.begin(), x.end(), u.begin(), 0.0), weights[i]});
  }
  std::sort(line->begin(), line->end());
}

}  // namespace

absl::StatusOr<ExactDistance> Wasserstein1(const WeightedPoints& a, const WeightedPoints& b) {
  const absl::StatusOr<TransportPlan> plan = ExactTransport(a.points, a.weights, b.points, b.weights, 1);
  if (!plan.ok()) return plan.status();
  return ExactDistance{plan->cost, plan->error_bound};
}

absl::StatusOr<ExactDistance> Wasserstein2(const WeightedPoints& a, const WeightedPoints& b) {
  const absl::StatusOr<TransportPlan> plan = ExactTransport(a.points, a.weights, b.points, b.weights, 2);
  if (!plan.ok()) return plan.status();
  // |sqrt c - sqrt c'| = |c - c'| / (sqrt c + sqrt c'), and at most sqrt |c - c'|.
  const double value = std::sqrt(plan->cost);
  const double bound = std::sqrt(plan->error_bound);
  return ExactDistance{value, value > bound ? plan->error_bound / value : bound};
}

absl::StatusOr<SlicedDistances> SlicedWasserstein(const WeightedPoints& a, const WeightedPoints& b) {
  if (a.points.dimension != b.points.dimension) {
    return absl::InvalidArgumentError(absl::StrCat("sliced distances need points of one dimension, have ",
                                                   a.points.dimension, " and ", b.points.dimension));
  }
  absl::Status status = CheckCloud(a.points, a.weights, "x");
  status.Update(CheckCloud(b.points, b.weights, "y"));
  if (!status.ok()) return status;
  const std::vector<double> wa = NormalisedWeights(a);
  const std::vector<double> wb = NormalisedWeights(b);
  const Points directions = Directions(a.points.dimension);
  SlicedDistances mean;
  std::vector<std::pair<double, double>> x, y;
  for (int64_t p = 0; p < directions.count(); ++p) {
    Project(a.points, wa, directions.row(p), &x);
    Project(b.points, wb, directions.row(p), &y);
    // On a line the optimal plan keeps the order: mass goes from the least of x to the least of y that has room.
    for (size_t i = 0, j = 0; i < x.size() && j < y.size();) {
      const double mass = std::min(x[i].second, y[j].second);
      const double distance = std::abs(x[i].first - y[j].first);
      mean.w1 += mass * distance;
      mean.w2 += mass * distance * distance;
      x[i].second -= mass;
      y[j].second -= mass;
      if (x[i].second == 0) {
        ++i;
      } else {
        ++j;
      }
    }
  }
  mean.w1 /= static_cast<double>(directions.count());
  mean.w2 = std::sqrt(mean.w2 / static_cast<double>(directions.count()));
  if (!std::isfinite(mean.w2)) return DistanceNotFinite();
  return mean;
}

absl::StatusOr<double> Mmd2(const WeightedPoints& a, const WeightedPoints& b, double bandwidth) {
  if (Weighing(a) < 2 || Weighing(b) < 2) {
    return absl::InvalidArgumentError(absl::StrCat("MMD needs 2 points of positive weight or more on each side, has ",
                                                   Weighing(a), " and ", Weighing(b)));
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
