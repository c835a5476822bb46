// Projection: two dimensions to show points in.

#ifndef ACTIONMATCH_CLIENT_PLOT_PROJECTION_H_
#define ACTIONMATCH_CLIENT_PLOT_PROJECTION_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/types/span.h"

namespace actionmatch {

// x: [D] -> (a . (x - mean), b . (x - mean)).
struct Projection {
  std::vector<double> mean;
  std::vector<double> a;  // [D]
  std::vector<double> b;  // [D]
  std::string a_name;
  std::string b_name;

  double First(absl::Span<const double> x) const;
  double Second(absl::Span<const double> x) const;
};

// The two components themselves if D <= 2 (the second is 0 if D = 1). Otherwise the first two principal components of
// the points: the leading eigenvectors of their covariance, by power iteration. points: [n, D], n >= 1.
Projection FitProjection(absl::Span<const double> points, int64_t dimension, const std::vector<std::string>& names);

}  // namespace actionmatch

#endif  // ACTIONMATCH_CLIENT_PLOT_PROJECTION_H_
