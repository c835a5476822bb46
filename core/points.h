// Points: n samples in D dimensions, on the host, in double precision.

#ifndef ACTIONMATCH_CORE_POINTS_H_
#define ACTIONMATCH_CORE_POINTS_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/types/span.h"

namespace actionmatch {

// x: [n, D], row-major. A plain value: copies copy the numbers.
struct Points {
  int64_t dimension = 0;
  std::vector<double> values;  // n * D

  int64_t count() const { return dimension == 0 ? 0 : static_cast<int64_t>(values.size()) / dimension; }
  absl::Span<const double> row(int64_t i) const {
    return {values.data() + i * dimension, static_cast<size_t>(dimension)};
  }
  absl::Span<double> row(int64_t i) { return {values.data() + i * dimension, static_cast<size_t>(dimension)}; }
  void Append(absl::Span<const double> point) { values.insert(values.end(), point.begin(), point.end()); }
};

inline double SquaredDistance(absl::Span<const double> a, absl::Span<const double> b) {
  double squares = 0;
  for (size_t d = 0; d < a.size(); ++d) squares += (a[d] - b[d]) * (a[d] - b[d]);
  return squares;
}

}  // namespace actionmatch

#endif  // ACTIONMATCH_CORE_POINTS_H_
