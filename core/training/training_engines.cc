#include "core/training/training_engines.h"

#include <torch/version.h>

#include "absl/strings/str_cat.h"
#include "core/device/device.h"
#include "core/kernels/kernels.h"
#include "core/kernels/matrix_product.h"
#include "core/potential/perceptron.h"
#include "core/training/device_step.h"
#include "core/training/host_step.h"

namespace actionmatch {
namespace {

using Device = TrainingSpec::Device;
using Engine = TrainingSpec::Engine;

bool SupportsAll(const TrainingSpec& /*training*/, const Potential& /*potential*/) { return true; }
bool SupportsPerceptrons(const TrainingSpec& /*training*/, const Potential& potential) {
  return dynamic_cast<const Perceptron*>(&potential) != nullptr;
}

std::unique_ptr<TrainingStep> MakeCudaStep(const StepRequest& request) {
  return MakeDeviceStep(request.training, request.objective, *request.potential, request.initial,
                        DeviceOf(Device::kCuda));
}

std::string LibTorchKernels() { return absl::StrCat("libtorch ", TORCH_VERSION); }
std::string CudaKernels() { return absl::StrCat(LibTorchKernels(), ", cuda"); }
std::string FusedKernels() { return absl::StrCat("fused, ", Kernels<float>().name); }
const char* CudaBfloat16() { return "bfloat16"; }

constexpr TrainingEngine kEngines[] = {
    {"cuda", Device::kCuda, Engine::kAutograd, SupportsAll, MakeCudaStep, CudaKernels, CudaBfloat16},
    {"fused", Device::kCpu, Engine::kFused, SupportsPerceptrons, MakeHostStep, FusedKernels, Bfloat16Instructions},
    {"autograd", Device::kCpu, Engine::kAutograd, SupportsAll, MakeHostStep, LibTorchKernels, Bfloat16Instructions},
};

}  // namespace

absl::Span<const TrainingEngine> TrainingEngines() { return kEngines; }

const TrainingEngine& EngineOf(const TrainingSpec& training, const Potential& potential) {
  for (const TrainingEngine& engine : kEngines) {
    const bool asked = engine.device == training.device && engine.engine == training.engine;
    if (asked && engine.supports(training, potential)) return engine;
  }
  return TrainingEngines().back();
}

std::unique_ptr<TrainingStep> MakeTrainingStep(const StepRequest& request) {
  const TrainingEngine& engine = EngineOf(request.training, *request.potential);
  StepRequest with = request;
  with.training.device = engine.device;
  with.training.engine = engine.engine;
  return engine.make(with);
}

std::string KernelsOf(const TrainingSpec& training, const Potential& potential) {
  const TrainingEngine& engine = EngineOf(training, potential);
  std::string kernels = engine.kernels();
  switch (training.precision) {
    case TrainingSpec::Precision::kFloat32:
      break;
    case TrainingSpec::Precision::kBfloat16:
      absl::StrAppend(&kernels, ", ", engine.bfloat16());
      break;
    case TrainingSpec::Precision::kTf32:
      absl::StrAppend(&kernels, ", tf32");
      break;
  }
  return kernels;
}

}  // namespace actionmatch
