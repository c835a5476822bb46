// What a training asks of the machine it runs on.

#ifndef ACTIONMATCH_CORE_DEVICE_MACHINE_H_
#define ACTIONMATCH_CORE_DEVICE_MACHINE_H_

#include "absl/status/status.h"
#include "core/spec/spec.h"

namespace actionmatch {

// FAILED_PRECONDITION, naming the field and the remedy, where this processor lacks instructions for what is asked, or
// the machine or this build a CUDA device.
absl::Status CheckProcessor(const TrainingSpec& training);

}  // namespace actionmatch

#endif  // ACTIONMATCH_CORE_DEVICE_MACHINE_H_
