#include "client/plot/projection.h"

#include <cmath>

#include "absl/strings/str_format.h"

namespace actionmatch {
namespace {

constexpr int kIterations = 100;

double Dot(absl::Span<const double> a, absl::Span<const double> b) {
  double sum = 0;
  for (size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

// Takes `other` (of unit length) out of v and scales v to unit length. Returns v's length before the scaling; v is not
// scaled if this length is 0.
double Normalise(const std::vector<double>& other, std::vector<double>* v) {
  if (!other.empty()) {
    const double along = Dot(*v, other);
    for (size_t d = 0; d < v->size(); ++d) (*v)[d] -= along * other[d];
  }
  const double length = std::sqrt(Dot(*v, *v));
  for (double& value : *v) value /= length > 0 ? length : 1;
  return length;
}

// The leading eigenvector of the covariance of centred points [n, D], orthogonal to `other` (may be empty), with its
// eigenvalue. The covariance is never formed.
std::vector<double> Leading(absl::Span<const double> centred, int64_t dimension, const std::vector<double>& other,
                            double* variance) {
  std::vector<double> v(dimension);
  for (int64_t d = 0; d < dimension; ++d) v[d] = 1.0 / (1 + d);
  Normalise(other, &v);
  const int64_t count = static_cast<int64_t>(centred.size()) / dimension;
  for (int i = 0; i < kIterations; ++i) {
    std::vector<double> next(dimension, 0.0);
    for (int64_t row = 0; row < count; ++row) {
      const absl::Span<const double> x = centred.subspan(row * dimension, dimension);
      const double along = Dot(x, v) / static_cast<double>(count);
      for (int64_t d = 0; d < dimension; ++d) next[d] += along * x[d];
    }
    *variance = Normalise(other, &next);
    if (*variance == 0) return v;
    v = next;
  }
  return v;
}

}  // namespace

double Projection::First(absl::Span<const double> x) const { return Dot(x, a) - Dot(mean, a); }
double Projection::Second(absl::Span<const double> x) const { return Dot(x, b) - Dot(mean, b); }

Projection FitProjection(absl::Span<const double> points, int64_t dimension, const std::vector<std::string>& names) {
  Projection projection;
  projection.mean.assign(dimension, 0.0);
  projection.a.assign(dimension, 0.0);
  projection.b.assign(dimension, 0.0);
  if (dimension <= 2) {
    projection.a[0] = 1;
    projection.a_name = names[0];
    if (dimension == 2) projection.b[1] = 1;
    if (dimension == 2) projection.b_name = names[1];
    return projection;
  }
  const double share = static_cast<double>(dimension) / static_cast<double>(points.size());
  for (size_t i = 0; i < points.size(); ++i) projection.mean[i % dimension] += points[i] * share;
  std::vector<double> centred(points.begin(), points.end());
  double total = 0;
  for (size_t i = 0; i < centred.size(); ++i) {
    centred[i] -= projection.mean[i % dimension];
    total += centred[i] * centred[i] * share;
  }
  double first = 0;
  double second = 0;
  projection.a = Leading(centred, dimension, {}, &first);
  projection.b = Leading(centred, dimension, projection.a, &second);
  const double whole = total > 0 ? total : 1;
  projection.a_name = absl::StrFormat("principal component 1 (%.0f%% of the variance)", 100 * first / whole);
  projection.b_name = absl::StrFormat("principal component 2 (%.0f%%)", 100 * second / whole);
  return projection;
}

}  // namespace actionmatch
