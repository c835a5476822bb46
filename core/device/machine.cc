#include "core/device/machine.h"

#include "absl/strings/str_cat.h"
#include "core/cause.h"
#include "core/device/device.h"
#include "core/kernels/matrix_product.h"

namespace actionmatch {

absl::Status CheckProcessor(const TrainingSpec& training) {
  using Device = TrainingSpec::Device;
  using Precision = TrainingSpec::Precision;
  if (training.precision == Precision::kTf32 && !HasCuda()) {
    return ErrorOf(kDeviceUnavailable, {},
                   absl::StrCat("training.precision must not be TF32 here, for CUDA alone has such products: ",
                                WhyNoCuda(), "; or use FLOAT32 or BFLOAT16"));
  }
  if (training.device == Device::kCuda && !HasCuda()) {
    return ErrorOf(kDeviceUnavailable, {},
                   absl::StrCat("training.device must not be CUDA here: ", WhyNoCuda(), "; or use CPU or AUTO"));
  }
  // If the device is AUTO, the worker's choice decides.
  const bool may_be_cuda =
      training.device == Device::kCuda ||
      (training.device == Device::kAuto && training.engine != TrainingSpec::Engine::kFused && HasCuda());
  if (training.precision == Precision::kBfloat16 && !may_be_cuda && Bfloat16Instructions() == nullptr) {
    return ErrorOf(
        kDeviceUnavailable, {},
        "training.precision must not be BFLOAT16 on this machine, whose processor has neither avx512_bf16 nor "
        "amx_bf16 instructions; use FLOAT32, or train on a processor that has them");
  }
  return absl::OkStatus();
}

}  // namespace actionmatch
