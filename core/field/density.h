// Densities along a field without noise: where points came from, and how the density at them changed on the way.
//
//   d log mu = (-div v + lambda s) dt along a curve;  q = mu/m
//
// so that log q(t, x) = log q(t_0, x_0) + change, with x_0 the origin of x. (The instantaneous change of variables;
// Chen et
// al., arXiv 1806.07366.)

#ifndef ACTIONMATCH_CORE_FIELD_DENSITY_H_
#define ACTIONMATCH_CORE_FIELD_DENSITY_H_

#include <functional>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/field/field.h"
#include "core/field/sample.h"
#include "core/points.h"

namespace actionmatch {

struct DensityOptions {
  int probes = 0;       // 0: the exact trace; otherwise Hutchinson's estimate with this many directions for each point
  SampleOptions solve;  // with an ODE method; the seed is for the probes
};

struct DensityChange {
  Points origins;                 // [N, D]: the points' places at start_time
  std::vector<double> log_ratio;  // [N]: log q(t, x) - log q(start_time, origin), data units
};

// Follows points x [N, D] at time t back (or on) to start_time. FAILED_PRECONDITION, with the reason, if the field has
// noise (no score is known) or a cost that is not quadratic. Otherwise errors as Integrate.
absl::StatusOr<DensityChange> ChangeOfDensity(const Field& field, const Points& x, double t, double start_time,
                                              const DensityOptions& options);

// N(mean, covariance).
struct Gaussian {
  std::vector<double> mean;        // [D]
  std::vector<double> covariance;  // [D, D], symmetric, positive definite
};
// Called every few milliseconds; its error, if any, ends the work and is returned. May be empty.
using BeforeRows = std::function<absl::Status()>;
// The weighted mean and covariance of a snapshot. FAILED_PRECONDITION if the snapshot has too few points for a
// covariance of full rank.
absl::StatusOr<Gaussian> FitGaussian(const Snapshot& snapshot, const BeforeRows& before_rows = {});
// log N(x) for each point. INVALID_ARGUMENT if sizes do not fit or the covariance is not positive definite.
absl::StatusOr<std::vector<double>> LogDensity(const Gaussian& gaussian, const Points& x,
                                               const BeforeRows& before_rows = {});

}  // namespace actionmatch

#endif  // ACTIONMATCH_CORE_FIELD_DENSITY_H_
