#include "core/loss/loss_gradient.h"

#include <ATen/ATen.h>

#include "core/loss/fused_loss.h"

namespace actionmatch {
namespace {

class Autograd final : public LossGradient {
 public:
  Autograd(Objective objective, Potential potential)
      : objective_(std::move(objective)), potential_(std::move(potential)) {}

  LossAndInterior Compute(const at::Tensor& parameters, const PathBatch& batch, int64_t step,
                          const std::function<void()>& beside, at::Tensor* gradient) override {
    const Parameters views = potential_.Views(parameters);
    for (const at::Tensor& view : views.tensors) view.requires_grad_();
    const LossTerms terms = Loss(objective_, potential_, views, batch, step);
    gradient->copy_(FlatGradient(terms.loss, views));
    if (beside) beside();
    const at::Tensor interior = terms.interior.contiguous();
    const float* values = interior.data_ptr<float>();
    return {terms.loss.item<double>(), {values, values + interior.numel()}};
  }

 private:
  const Objective objective_;
  const Potential potential_;
};

class Fused final : public LossGradient {
 public:
  Fused(const Objective& objective, const Potential& potential, TrainingSpec::Precision precision, int64_t rows,
        int threads)
      : rows_(rows), loss_(objective, potential, precision, rows, threads) {}

  LossAndInterior Compute(const at::Tensor& parameters, const PathBatch& batch, int64_t step,
                          const std::function<void()>& beside, at::Tensor* gradient) override {
    LossAndInterior answer;
    answer.interior.resize(static_cast<size_t>(rows_));
    answer.loss = loss_.Compute(parameters.data_ptr<float>(), batch, step, beside, gradient->data_ptr<float>(),
                                answer.interior.data());
    return answer;
  }

 private:
  const int64_t rows_;
  FusedLoss<float> loss_;
};

}  // namespace

std::unique_ptr<LossGradient> MakeLossGradient(const TrainingSpec& training, const Objective& objective,
                                               const Potential& potential, int64_t rows, int threads) {
  if (training.engine == TrainingSpec::Engine::kAutograd) return std::make_unique<Autograd>(objective, potential);
  return std::make_unique<Fused>(objective, potential, training.precision, rows, threads);
}

}  // namespace actionmatch
