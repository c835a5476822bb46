// Pushes points along a motion: dx = v(t, x) dt + sigma(t) dW, d log(weight) = growth dt. Without noise, time may run
// forwards or backwards.

#ifndef ACTIONMATCH_CORE_TRAJECTORY_INTEGRATE_H_
#define ACTIONMATCH_CORE_TRAJECTORY_INTEGRATE_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "core/points.h"
#include "core/trajectory/motion.h"
#include "core/trajectory/trajectory.h"

namespace actionmatch {

// Returns frames exactly at `times`, in their order; times may lie on either side of start_time. With fixed steps, a
// shorter step of its own reaches a frame between two steps, so frames do not change the trajectory; adaptive methods
// use dense output. Threads work through tiles of the motion's rows, one tile at a time: a point's trajectory does not
// depend on the other points, on their number or on threads. Noise is a function of (seed, row, step); a frame between
// two steps lies on the same Brownian path as the step.
// steps lies on the same Brownian path as the step.
//
// INVALID_ARGUMENT for an empty start, no times, times that are not finite or a method that does not fit; with noise,
// also for times before the start, since no score is known that would take the noise back. OUT_OF_RANGE, naming point
// and time, if the motion is not finite on the way.
absl::StatusOr<Trajectory> Integrate(const Motion& motion, const Points& start, double start_time,
                                     absl::Span<const double> times, const IntegrateOptions& options);

// The first of these errors that can be found before any step.
absl::Status CheckIntegration(const Motion& motion, const Points& start, double start_time,
                              absl::Span<const double> times, const IntegrateOptions& options);

}  // namespace actionmatch

#endif  // ACTIONMATCH_CORE_TRAJECTORY_INTEGRATE_H_
