#include "core/training/host_step.h"

#include <ATen/ATen.h>

#include <utility>

#include "core/loss/loss_gradient.h"
#include "core/training/optimizer.h"

namespace actionmatch {
namespace {

class HostStep final : public TrainingStep {
 public:
  HostStep(std::unique_ptr<LossGradient> loss_gradient, Optimizer optimizer)
      : loss_gradient_(std::move(loss_gradient)),
        optimizer_(std::move(optimizer)),
        gradient_(at::empty_like(optimizer_.state().parameters)) {}

  absl::StatusOr<Info> Take(const PathBatch& batch, const std::function<void()>& beside) override {
    const OptimizerState& now = optimizer_.state();
    LossAndInterior answer = loss_gradient_->Compute(now.parameters, batch, now.step, beside, &gradient_);
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

std::unique_ptr<TrainingStep> MakeHostStep(const StepRequest& request) {
  return std::make_unique<HostStep>(
      MakeLossGradient(request.training, request.objective, request.potential, request.rows, request.threads),
      Optimizer(request.training, request.initial, request.threads));
}

}  // namespace actionmatch
