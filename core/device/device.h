// The devices that LibTorch computes on.

#ifndef ACTIONMATCH_CORE_DEVICE_DEVICE_H_
#define ACTIONMATCH_CORE_DEVICE_DEVICE_H_

#include <c10/core/Device.h>

#include "core/spec/spec.h"

namespace actionmatch {

// Empty if CUDA can be used; otherwise the reason why not, and the remedy.
const char* WhyNoCuda();

bool HasCuda();

// The device that AUTO comes to: `asked` or, if that is AUTO too, CUDA if it can be used, otherwise the CPU.
TrainingSpec::Device AutomaticDevice(TrainingSpec::Device asked);

// LibTorch's name for a device that is not kAuto.
at::Device DeviceOf(TrainingSpec::Device device);

// From now on LibTorch's operations in the calling thread are single-threaded, whatever the process's setting: the
// number of threads then changes no bit. For ParallelFor's on_thread_start.
void UseOneTorchThread();

}  // namespace actionmatch

#endif  // ACTIONMATCH_CORE_DEVICE_DEVICE_H_
