// Pushes points along a motion: dx = v(t, x) dt + sigma(t) dW, d log(weight) = growth dt; without noise forwards or
// backwards in time.

#ifndef ACTIONMATCH_CORE_TRAJECTORY_INTEGRATE_H_
#define ACTIONMATCH_CORE_TRAJECTORY_INTEGRATE_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "core/points.h"
#include "core/trajectory/motion.h"
#include "core/trajectory/trajectory.h"

namespace actionmatch {

// Frames exactly at `times`, in their order, which may lie on either side of start_time. With fixed steps a frame
// between two steps is reached by a shorter step of its own, so frames do not change the trajectory; adaptive methods
// use dense output. Points are worked in tiles of the motion's rows, one tile a thread: a point's trajectory does not
// depend on the others, on their number or on threads. Noise is a function of (seed, row, step); a frame between two
// steps lies on the same Brownian path as the step.
//
// INVALID_ARGUMENT for an empty start, no times, times that are not finite or a method that does not fit; with noise,
// also for times before the start, since no score is known that would take the noise back. OUT_OF_RANGE, naming point
// and time, if the motion is not finite on the way.
absl::StatusOr<Trajectory> Integrate(const Motion& motion, const Points& start, double start_time,
                                     absl::Span<const double> times, const IntegrateOptions& options);

// The first of these errors that shows before any step.
absl::Status CheckIntegration(const Motion& motion, const Points& start, double start_time,
                              absl::Span<const double> times, const IntegrateOptions& options);

}  // namespace actionmatch

#endif  // ACTIONMATCH_CORE_TRAJECTORY_INTEGRATE_H_
