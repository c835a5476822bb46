// Weighted points: how much their weights say, and drawing them anew where few carry all.

#ifndef ACTIONMATCH_CORE_RESAMPLE_H_
#define ACTIONMATCH_CORE_RESAMPLE_H_

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "core/integrate.h"

namespace actionmatch {

// (sum w)^2 / sum w^2: how many equal weights say as much as these.
double EffectiveSampleSize(absl::Span<const double> log_weights);
// The log of the weights' mean: of the population's mass relative to the start.
double LogMeanWeight(absl::Span<const double> log_weights);

// Integrate from frame to frame in the order of time, resampling by options.resample_below. INVALID_ARGUMENT for times
// before the start; else as Integrate.
absl::StatusOr<Trajectory> IntegrateResampled(const Motion& motion, const Points& start, double start_time,
                                              absl::Span<const double> times, const IntegrateOptions& options);

}  // namespace actionmatch

#endif  // ACTIONMATCH_CORE_RESAMPLE_H_
