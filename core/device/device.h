// The devices that LibTorch computes on.

#ifndef ACTIONMATCH_CORE_DEVICE_DEVICE_H_
#define ACTIONMATCH_CORE_DEVICE_DEVICE_H_

#include <c10/core/Device.h>

#include "core/spec/spec.h"

namespace actionmatch {

// Empty where CUDA can be used; else why not, and the remedy.
const char* WhyNoCuda();

bool HasCuda();

// What AUTO comes to, where `asked` is the answer, and itself may be AUTO: CUDA where it can be used, else the CPU.
TrainingSpec::Device AutomaticDevice(TrainingSpec::Device asked);

// LibTorch's name for a device that is not kAuto.
at::Device DeviceOf(TrainingSpec::Device device);

// From now on LibTorch's operations in the calling thread are single-threaded, whatever the process's setting: the
// number of threads then changes no bit. For ParallelFor's on_thread_start.
void UseOneTorchThread();

}  // namespace actionmatch

#endif  // ACTIONMATCH_CORE_DEVICE_DEVICE_H_
