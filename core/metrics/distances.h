// Distances between two weighted samples. Empty weights mean uniform weights.

#ifndef ACTIONMATCH_CORE_METRICS_DISTANCES_H_
#define ACTIONMATCH_CORE_METRICS_DISTANCES_H_

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

// A distance in the points' own unit, exact except for the integers that transport works on
// (TransportPlan::error_bound).
struct ExactDistance {
  double value = 0;
  double error_bound = 0;
};
// W1: the cost of exact transport under |x - y|. Errors as ExactTransport.
absl::StatusOr<ExactDistance> Wasserstein1(const WeightedPoints& a, const WeightedPoints& b);
// W2: the square root of the cost of exact transport under |x - y|^2.
absl::StatusOr<ExactDistance> Wasserstein2(const WeightedPoints& a, const WeightedPoints& b);

// Sliced Wasserstein distances, for more points than exact transport can take: n log n in time, n in memory.
//
//   SW_p = ( mean over directions u of W_p^p( <u, x>, <u, y> ) )^(1/p),  p = 1, 2
//
// where W_p between weighted numbers is exact, by sorting. A sliced distance is never above the distance that it stands
// for: SW_1 <= E|u_1| W_1 and SW_2 <= W_2 / sqrt(D), with equality if one sample is the other one translated (u uniform
// on the sphere). In one dimension SW_p = W_p. Compare sliced distances only with sliced distances.
//
// The directions are kSlicedDirections unit vectors, the same at every call for one D. They are orthonormal in groups
// of D, which spreads them evenly, and each group is turned at random.
struct SlicedDistances {
  double w1 = 0;
  double w2 = 0;
};
inline constexpr int kSlicedDirections = 512;
// INVALID_ARGUMENT as ExactTransport, and for distances whose squares are not finite.
absl::StatusOr<SlicedDistances> SlicedWasserstein(const WeightedPoints& a, const WeightedPoints& b);

// An unbiased estimate of the squared maximum mean discrepancy with kernel exp(-|x - y|^2 / (2 h^2)); it may be
// negative. INVALID_ARGUMENT unless each side has two points of positive weight or more. bandwidth h > 0. Time n m,
// memory n + m.
absl::StatusOr<double> Mmd2(const WeightedPoints& a, const WeightedPoints& b, double bandwidth);
// The median distance between points of a and b (over at most 1000 x 1000 evenly spaced rows), a usual bandwidth; 1 if
// the median is 0.
double MedianDistance(const WeightedPoints& a, const WeightedPoints& b);

}  // namespace actionmatch

#endif  // ACTIONMATCH_CORE_METRICS_DISTANCES_H_
