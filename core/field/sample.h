// Sample: pushes points through a field over time.

#ifndef ACTIONMATCH_CORE_FIELD_SAMPLE_H_
#define ACTIONMATCH_CORE_FIELD_SAMPLE_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "core/field/field.h"
#include "core/points.h"
#include "core/spec/spec.h"
#include "core/trajectory/integrate.h"

namespace actionmatch {

struct SampleOptions : IntegrateOptions {
  int member = Field::kAllMembers;  // that gives velocity and growth; kAllMembers: the mean over all members
  // Only forwards in time: resample after each frame whose effective sample size is below this share of the points
  // (trajectory/resample.h). 0: never.
  double resample_below = 0;
  bool extrapolate = false;  // allow times outside [field.start_time(), field.end_time()]
  // The device that evaluates the field, kCpu or kCuda. A trajectory is the same from either up to rounding.
  TrainingSpec::Device device = TrainingSpec::Device::kCpu;
};

// Integrates the field's motion from `start` [N, D] at start_time to `times`, all in data units. OUT_OF_RANGE for times
// outside the field's range unless options.extrapolate; INVALID_ARGUMENT for a wrong dimension or member, an empty
// start or no times; otherwise as Integrate. Any number of threads may sample one field at once.
absl::StatusOr<Trajectory> Sample(const Field& field, const Points& start, double start_time,
                                  absl::Span<const double> times, const SampleOptions& options);

}  // namespace actionmatch

#endif  // ACTIONMATCH_CORE_FIELD_SAMPLE_H_
