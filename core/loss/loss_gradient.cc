#include "core/loss/loss_gradient.h"

#include <ATen/ATen.h>

#include "core/loss/fused_loss.h"

namespace actionmatch {
namespace {

class Autograd final : public LossGradient {
 public:
  Autograd(Objective objective, std::shared_ptr<const Potential> potential)
      : objective_(std::move(objective)), potential_(std::move(potential)) {}

  LossAndInterior Compute(const at::Tensor& parameters, const PathBatch& batch, int64_t step,
                          const std::function<void()>& beside, at::Tensor* gradient) override {
    const Parameters views = potential_->Views(parameters);
    for (const at::Tensor& view : views.tensors) view.requires_grad_();
    const LossTerms terms = Loss(objective_, *potential_, views, batch, step);
    gradient->copy_(FlatGradient(terms.loss, views));
    if (beside) beside();
    const at::Tensor interior = terms.interior.contiguous();
    const float* values = interior.data_ptr<float>();
    return {terms.loss.item<double>(), {values, values + interior.numel()}};
  }

 private:
  const Objective objective_;
  const std::shared_ptr<const Potential> potential_;
};

class Fused final : public LossGradient {
 public:
  // `perceptron` is the object that `potential` points to.
  Fused(const Objective& objective, std::shared_ptr<const Potential> potential, const Perceptron& perceptron,
        TrainingSpec::Precision precision, int64_t rows, int threads)
      : potential_(std::move(potential)), rows_(rows), loss_(objective, perceptron, precision, rows, threads) {}

  LossAndInterior Compute(const at::Tensor& parameters, const PathBatch& batch, int64_t step,
                          const std::function<void()>& beside, at::Tensor* gradient) override {
    LossAndInterior answer;
    answer.interior.resize(static_cast<size_t>(rows_));
    answer.loss = loss_.Compute(parameters.data_ptr<float>(), batch, step, beside, gradient->data_ptr<float>(),
                                answer.interior.data());
    return answer;
  }

 private:
  const std::shared_ptr<const Potential> potential_;
  const int64_t rows_;
  FusedLoss<float> loss_;
};

}  // namespace

std::unique_ptr<LossGradient> MakeLossGradient(const TrainingSpec& training, const Objective& objective,
                                               std::shared_ptr<const Potential> potential, int64_t rows, int threads) {
  const auto* perceptron = dynamic_cast<const Perceptron*>(potential.get());
  if (training.engine == TrainingSpec::Engine::kFused && perceptron != nullptr) {
    return std::make_unique<Fused>(objective, std::move(potential), *perceptron, training.precision, rows, threads);
  }
  return std::make_unique<Autograd>(objective, std::move(potential));
}

}  // namespace actionmatch
