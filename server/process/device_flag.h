// The check of the device that --device names.

#ifndef ACTIONMATCH_SERVER_PROCESS_DEVICE_FLAG_H_
#define ACTIONMATCH_SERVER_PROCESS_DEVICE_FLAG_H_

#include "absl/status/status.h"
#include "core/spec/spec.h"

namespace actionmatch {

// FAILED_PRECONDITION, naming the flag and the remedy, if the device cannot be used here.
absl::Status CheckDevice(TrainingSpec::Device asked);

}  // namespace actionmatch

#endif  // ACTIONMATCH_SERVER_PROCESS_DEVICE_FLAG_H_
