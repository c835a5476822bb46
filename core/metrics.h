// Distances between two weighted samples. All weighted; empty weights mean uniform.

#ifndef ACTIONMATCH_CORE_METRICS_H_
#define ACTIONMATCH_CORE_METRICS_H_

#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "core/points.h"

namespace actionmatch {

// x: [n, D], weights: [n] or empty.
struct WeightedPoints {
  Points points;
  std::vector<double> weights;
};

// In the points' own unit; exact but for the integers that transport works on (TransportPlan::error_bound).
struct Distance {
  double value = 0;
  double error_bound = 0;
};
// W1: the cost of exact transport under |x - y|. Errors as ExactTransport.
absl::StatusOr<Distance> Wasserstein1(const WeightedPoints& a, const WeightedPoints& b);
// W2: the square root of the cost of exact transport under |x - y|^2.
absl::StatusOr<Distance> Wasserstein2(const WeightedPoints& a, const WeightedPoints& b);

// Unbiased estimate of the squared maximum mean discrepancy with kernel exp(-|x - y|^2 / (2 h^2)); may be negative. It
// needs two points or more on each side. bandwidth h > 0.
absl::StatusOr<double> Mmd2(const WeightedPoints& a, const WeightedPoints& b, double bandwidth);
// The median distance between points of a and b (over at most 1000 x 1000 evenly spaced rows), a usual bandwidth; 1 if
// 0.
double MedianDistance(const WeightedPoints& a, const WeightedPoints& b);

}  // namespace actionmatch

#endif  // ACTIONMATCH_CORE_METRICS_H_
