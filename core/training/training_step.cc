#include "core/training/training_step.h"

#include <ATen/ATen.h>
#include <torch/version.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "core/device/device.h"
#include "core/kernels/kernels.h"
#include "core/kernels/matrix_product.h"
#include "core/loss/loss_gradient.h"
#include "core/training/device_step.h"
#include "core/training/optimizer.h"

namespace actionmatch {
namespace {

class HostStep final : public TrainingStep {
 public:
  HostStep(std::unique_ptr<LossGradient> loss_gradient, Optimizer optimizer)
      : loss_gradient_(std::move(loss_gradient)),
        optimizer_(std::move(optimizer)),
        gradient_(at::empty_like(optimizer_.state().weights)) {}

  absl::StatusOr<Info> Take(const PathBatch& batch, const std::function<void()>& beside) override {
    const OptimizerState& now = optimizer_.state();
    LossAndInterior answer = loss_gradient_->Compute(now.weights, batch, now.step, beside, &gradient_);
    const absl::StatusOr<Optimizer::StepInfo> info = optimizer_.Step(gradient_);
    if (!info.ok()) return info.status();
    return Info{answer.loss, info->gradient_norm, info->learning_rate, std::move(answer.interior)};
  }

  const OptimizerState& state() const override { return optimizer_.state(); }
  OptimizerState& state() override { return optimizer_.state(); }

 private:
  const std::unique_ptr<LossGradient> loss_gradient_;
  Optimizer optimizer_;
  at::Tensor gradient_;  // [P]
};

}  // namespace

std::unique_ptr<TrainingStep> MakeTrainingStep(const TrainingSpec& training, const Objective& objective,
                                               std::shared_ptr<const Potential> potential, const Parameters& initial,
                                               int64_t rows, int threads) {
  if (training.device == TrainingSpec::Device::kCuda) {
    return MakeDeviceStep(training, objective, *potential, initial, DeviceOf(training.device));
  }
  return std::make_unique<HostStep>(MakeLossGradient(training, objective, std::move(potential), rows, threads),
                                    Optimizer(training, initial, threads));
}

std::string KernelsOf(const TrainingSpec& training) {
  const bool cuda = training.device == TrainingSpec::Device::kCuda;
  std::string kernels;
  if (cuda || training.engine == TrainingSpec::Engine::kAutograd) {
    kernels = absl::StrCat("libtorch ", TORCH_VERSION, cuda ? ", cuda" : "");
  } else {
    kernels = absl::StrCat("fused, ", Elementwise<float>().name);
  }
  switch (training.precision) {
    case TrainingSpec::Precision::kFloat32:
      break;
    case TrainingSpec::Precision::kBfloat16:
      absl::StrAppend(&kernels, ", ", cuda ? "bfloat16" : Bfloat16Instructions());
      break;
    case TrainingSpec::Precision::kTf32:
      absl::StrAppend(&kernels, ", tf32");
      break;
  }
  return kernels;
}

}  // namespace actionmatch
