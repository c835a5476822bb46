#include "core/field/sample.h"

#include "absl/strings/str_cat.h"
#include "core/cause.h"
#include "core/device/device.h"
#include "core/field/device_motion.h"
#include "core/field/field_motion.h"
#include "core/trajectory/resample.h"

namespace actionmatch {
absl::StatusOr<Trajectory> Sample(const Field& field, const Points& start, double start_time,
                                  absl::Span<const double> times, const SampleOptions& options) {
  if (start.dimension != field.dimension()) {
    return absl::InvalidArgumentError(
        absl::StrCat("the start points have dimension ", start.dimension, "; the field's is ", field.dimension()));
  }
  if (!options.extrapolate) {
    absl::Status status = field.CheckTimes(times);
    status.Update(field.CheckTimes({start_time}));
    if (!status.ok()) return status;
  }
  if (options.member < Field::kAllMembers || options.member >= field.members()) {
    return ErrorOf(kNoSuchMember,
                   {{"member", absl::StrCat(options.member)}, {"members", absl::StrCat(field.members())}},
                   absl::StrCat("member ", options.member, " is not one of the field's ", field.members(),
                                ", which count from 0"));
  }
  const Motion motion = options.device == TrainingSpec::Device::kCuda
                            ? DeviceMotionOf(field, options.member, DeviceOf(options.device))
                            : MotionOf(field, options.member);
  return options.resample_below > 0
             ? IntegrateResampled(motion, start, start_time, times, options, options.resample_below)
             : Integrate(motion, start, start_time, times, options);
}

}  // namespace actionmatch
