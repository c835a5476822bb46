// The devices that LibTorch computes on.

#ifndef ACTIONMATCH_CORE_DEVICE_H_
#define ACTIONMATCH_CORE_DEVICE_H_

#include <c10/core/Device.h>

#include "core/spec.h"

namespace actionmatch {

// Empty where CUDA can be used; else why not, and the remedy.
const char* WhyNoCuda();

bool HasCuda();

// What AUTO comes to, where `asked` is the answer, and itself may be AUTO: CUDA where it can be used, else the CPU.
TrainingSpec::Device AutomaticDevice(TrainingSpec::Device asked);

// LibTorch's name for a device that is not kAuto.
at::Device DeviceOf(TrainingSpec::Device device);

}  // namespace actionmatch

#endif  // ACTIONMATCH_CORE_DEVICE_H_
