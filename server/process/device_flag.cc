#include "server/process/device_flag.h"

#include "absl/strings/str_cat.h"
#include "core/device/device.h"

namespace actionmatch {

absl::Status CheckDevice(TrainingSpec::Device asked) {
  if (asked != TrainingSpec::Device::kCuda || HasCuda()) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat("--device must not be cuda here: ", WhyNoCuda(), "; or use cpu or auto"));
}

}  // namespace actionmatch
