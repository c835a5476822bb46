// Checks that this machine can run a training spec.

#ifndef ACTIONMATCH_CORE_DEVICE_MACHINE_H_
#define ACTIONMATCH_CORE_DEVICE_MACHINE_H_

#include "absl/status/status.h"
#include "core/spec/spec.h"

namespace actionmatch {

// FAILED_PRECONDITION, naming the field and the remedy, if the spec asks for instructions that this processor lacks, or
// for a CUDA device that the machine or this build lacks.
absl::Status CheckProcessor(const TrainingSpec& training);

}  // namespace actionmatch

#endif  // ACTIONMATCH_CORE_DEVICE_MACHINE_H_
