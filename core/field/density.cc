#include "core/field/density.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "absl/strings/str_cat.h"
#include "core/cause.h"
#include "core/field/field_motion.h"

namespace actionmatch {
namespace {

// Calls `before_rows` before some of the rows, which take `steps` steps each: after about a million steps.
absl::Status AskBefore(size_t row, size_t steps, const BeforeRows& before_rows) {
  const size_t rows = std::max<size_t>(1, (1 << 20) / std::max<size_t>(1, steps));
  return before_rows && row % rows == 0 ? before_rows() : absl::OkStatus();
}

// Replaces the matrix by its lower Cholesky factor, [D, D].
absl::Status Factor(std::vector<double>* matrix, size_t n, const BeforeRows& before_rows) {
  std::vector<double>& a = *matrix;
  for (size_t j = 0; j < n; ++j) {
    if (absl::Status status = AskBefore(j, n * n / 4, before_rows); !status.ok()) return status;
    for (size_t i = j; i < n; ++i) {
      double sum = a[i * n + j];
      for (size_t k = 0; k < j; ++k) sum -= a[i * n + k] * a[j * n + k];
      if (i == j) {
        if (!(sum > 0) || !std::isfinite(sum)) {
          return absl::InvalidArgumentError("the Gaussian's covariance must be positive definite");
        }
        a[j * n + j] = std::sqrt(sum);
      } else {
        a[i * n + j] = sum / a[j * n + j];
      }
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<DensityChange> ChangeOfDensity(const Field& field, const Points& x, double t, double start_time,
                                              const DensityOptions& options) {
  if (field.dynamics().HasNoise()) {
    return ErrorOf(
        kNoDensity, {},
        "the field has noise (dynamics.sigma), and no score is known that would take it back: densities are for fields "
        "trained with sigma 0");
  }
  if (!field.dynamics().cost.IsQuadratic()) {
    return ErrorOf(kNoDensity, {}, "densities are for fields trained with dynamics.cost.power 2");
  }
  if (x.dimension != field.dimension()) {
    return absl::InvalidArgumentError(
        absl::StrCat("points have dimension ", x.dimension, "; the field's is ", field.dimension()));
  }
  if (!options.solve.extrapolate) {
    const absl::Status status = field.CheckTimes({t, start_time});
    if (!status.ok()) return status;
  }
  // The growth of this motion adds up div v - lambda s from t to start_time: the change of log mu from there to t.
  const Motion motion = DensityMotionOf(field, options.solve.member, options.probes, options.solve.seed);
  absl::StatusOr<Trajectory> back = Integrate(motion, x, t, {start_time}, options.solve);
  if (!back.ok()) return back.status();
  const double log_mass = std::log(field.Mass(t) / field.Mass(start_time));
  DensityChange change{std::move(back->points[0]), std::move(back->log_weights[0])};
  for (double& ratio : change.log_ratio) ratio -= log_mass;
  return change;
}

absl::StatusOr<Gaussian> FitGaussian(const Snapshot& snapshot, const BeforeRows& before_rows) {
  const auto dimension = static_cast<size_t>(snapshot.points.dimension);
  const int64_t count = snapshot.points.count();
  if (count <= static_cast<int64_t>(dimension)) {
    return ErrorOf(kTooFewPoints,
                   {{"time", absl::StrCat(snapshot.time)},
                    {"points", absl::StrCat(count)},
                    {"required", absl::StrCat(dimension + 1)}},
                   absl::StrCat("a Gaussian of dimension ", dimension, " needs more than ", dimension,
                                " points at time ", snapshot.time, ", which has ", count));
  }
  const double sum = std::accumulate(snapshot.weights.begin(), snapshot.weights.end(), 0.0);
  Gaussian fit{std::vector<double>(dimension, 0.0), std::vector<double>(dimension * dimension, 0.0)};
  for (int64_t i = 0; i < count; ++i) {
    for (size_t d = 0; d < dimension; ++d) fit.mean[d] += snapshot.weights[i] / sum * snapshot.points.row(i)[d];
  }
  for (int64_t i = 0; i < count; ++i) {
    const absl::Status status = AskBefore(static_cast<size_t>(i), dimension * dimension, before_rows);
    if (!status.ok()) return status;
    const auto row = snapshot.points.row(i);
    for (size_t a = 0; a < dimension; ++a) {
      for (size_t b = 0; b < dimension; ++b) {
        fit.covariance[a * dimension + b] +=
            snapshot.weights[i] / sum * (row[a] - fit.mean[a]) * (row[b] - fit.mean[b]);
      }
    }
  }
  return fit;
}

absl::StatusOr<std::vector<double>> LogDensity(const Gaussian& gaussian, const Points& x,
                                               const BeforeRows& before_rows) {
  const size_t n = gaussian.mean.size();
  if (static_cast<int64_t>(n) != x.dimension || gaussian.covariance.size() != n * n) {
    return absl::InvalidArgumentError(absl::StrCat("the Gaussian needs a mean of ", x.dimension,
                                                   " components and a covariance of their square, has ", n, " and ",
                                                   gaussian.covariance.size()));
  }
  for (size_t a = 0; a < n; ++a) {
    for (size_t b = 0; b < a; ++b) {
      const double difference = gaussian.covariance[a * n + b] - gaussian.covariance[b * n + a];
      if (std::abs(difference) > 1e-9 * std::abs(gaussian.covariance[a * n + a])) {
        return absl::InvalidArgumentError("the Gaussian's covariance must be symmetric");
      }
    }
  }
  std::vector<double> factor = gaussian.covariance;
  if (absl::Status status = Factor(&factor, n, before_rows); !status.ok()) return status;
  constexpr double kLogTwoPi = 1.8378770664093453;
  double constant = -0.5 * static_cast<double>(n) * kLogTwoPi;
  for (size_t d = 0; d < n; ++d) constant -= std::log(factor[d * n + d]);
  std::vector<double> log_density;
  std::vector<double> z(n);
  for (int64_t i = 0; i < x.count(); ++i) {
    const absl::Status status = AskBefore(static_cast<size_t>(i), n * n / 2, before_rows);
    if (!status.ok()) return status;
    double squares = 0;
    for (size_t d = 0; d < n; ++d) {
      double left = x.row(i)[d] - gaussian.mean[d];
      for (size_t k = 0; k < d; ++k) left -= factor[d * n + k] * z[k];
      z[d] = left / factor[d * n + d];
      squares += z[d] * z[d];
    }
    log_density.push_back(constant - 0.5 * squares);
  }
  return log_density;
}

}  // namespace actionmatch
