#include "core/processor.h"

#include "core/products.h"

namespace actionmatch {

absl::Status CheckProcessor(const TrainingSpec& training) {
  if (training.precision == TrainingSpec::Precision::kFloat32 || Bfloat16Instructions() != nullptr) {
    return absl::OkStatus();
  }
  return absl::FailedPreconditionError(
      "training.precision must not be BFLOAT16 on this machine, whose processor has neither avx512_bf16 nor amx_bf16 "
      "instructions; use FLOAT32, or train on a processor that has them");
}

}  // namespace actionmatch
