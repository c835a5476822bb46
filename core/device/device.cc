#include "core/device/device.h"

#include <ATen/Context.h>
#include <ATen/Parallel.h>

namespace actionmatch {

const char* WhyNoCuda() {
#ifdef ACTIONMATCH_CUDA
  return at::hasCUDA() ? "" : "LibTorch finds no CUDA device: check the driver, and that this process may use one";
#else
  return "the LibTorch of this build has no CUDA: build against that of PyTorch, as core/doc/devices.md says";
#endif
}

bool HasCuda() { return *WhyNoCuda() == '\0'; }

TrainingSpec::Device AutomaticDevice(TrainingSpec::Device asked) {
  if (asked != TrainingSpec::Device::kAuto) return asked;
  return HasCuda() ? TrainingSpec::Device::kCuda : TrainingSpec::Device::kCpu;
}

at::Device DeviceOf(TrainingSpec::Device device) {
  return device == TrainingSpec::Device::kCuda ? at::Device(at::kCUDA, 0) : at::Device(at::kCPU);
}

void UseOneTorchThread() { at::set_num_threads(1); }

}  // namespace actionmatch
