// Weighted points: how much their weights say, and how points are drawn anew if a few have all the weight.

#ifndef ACTIONMATCH_CORE_TRAJECTORY_RESAMPLE_H_
#define ACTIONMATCH_CORE_TRAJECTORY_RESAMPLE_H_

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "core/trajectory/integrate.h"

namespace actionmatch {

// (sum w)^2 / sum w^2: the number of equal weights that say as much as these.
double EffectiveSampleSize(absl::Span<const double> log_weights);
// The log of the weights' mean, which is the population's mass relative to the start.
double LogMeanWeight(absl::Span<const double> log_weights);

// Integrates from frame to frame in the order of time. After each frame whose effective sample size is below the share
// `below` of the points, the points are drawn anew by weight (systematically, by options.seed), and have equal weights
// from then on: a row is then no longer the same point, and depends on the other rows. INVALID_ARGUMENT for times
// before the start; otherwise as Integrate.
absl::StatusOr<Trajectory> IntegrateResampled(const Motion& motion, const Points& start, double start_time,
                                              absl::Span<const double> times, const IntegrateOptions& options,
                                              double below);

}  // namespace actionmatch

#endif  // ACTIONMATCH_CORE_TRAJECTORY_RESAMPLE_H_
