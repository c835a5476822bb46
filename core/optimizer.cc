#include "core/optimizer.h"

#include <ATen/ATen.h>
#include <torch/csrc/autograd/autograd.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "absl/strings/str_cat.h"

namespace actionmatch {
namespace {

constexpr double kBeta1 = 0.9;
constexpr double kBeta2 = 0.999;
constexpr double kEpsilon = 1e-8;
constexpr double kFinalRate = 0.01;  // as a share of the peak
constexpr double kPi = 3.141592653589793;

at::Tensor Flatten(const std::vector<at::Tensor>& tensors, const std::vector<at::Tensor>& like) {
  std::vector<at::Tensor> parts;
  for (size_t i = 0; i < tensors.size(); ++i) {
    // A bias that shifts the potential by a constant has no gradient in the conditional form.
    parts.push_back((tensors[i].defined() ? tensors[i] : at::zeros_like(like[i])).reshape({-1}));
  }
  return at::cat(parts);
}

}  // namespace

Optimizer::Optimizer(const TrainingSpec& spec, const Parameters& initial) : spec_(spec) {
  for (const at::Tensor& tensor : initial.tensors) shapes_.push_back(tensor.sizes().vec());
  flat_ = Flatten(initial.tensors, initial.tensors).detach().clone();
  first_ = at::zeros_like(flat_);
  second_ = at::zeros_like(flat_);
  average_ = flat_.clone();
  parameters_ = Views(flat_);
  for (at::Tensor& tensor : parameters_.tensors) tensor.requires_grad_();
}

Parameters Optimizer::Views(const at::Tensor& flat) const {
  Parameters views;
  int64_t next = 0;
  for (const std::vector<int64_t>& shape : shapes_) {
    int64_t size = 1;
    for (int64_t n : shape) size *= n;
    views.tensors.push_back(flat.narrow(0, next, size).view(shape).detach());
    next += size;
  }
  return views;
}

Parameters Optimizer::Average() const { return Views(average_.clone()); }

double Optimizer::LearningRate(int64_t step) const {
  const auto warmup = static_cast<double>(spec_.warmup_steps);
  const auto done = static_cast<double>(step);
  if (done < warmup) return spec_.learning_rate * (done + 1) / warmup;
  const double span = std::max(1.0, static_cast<double>(spec_.steps) - warmup);
  const double cosine = 0.5 * (1 + std::cos(kPi * std::min(1.0, (done - warmup) / span)));
  return spec_.learning_rate * (kFinalRate + (1 - kFinalRate) * cosine);
}

absl::StatusOr<Optimizer::StepInfo> Optimizer::Step(const at::Tensor& loss) {
  at::Tensor gradient = Flatten(
      torch::autograd::grad({loss}, parameters_.tensors, {}, false, false, /*allow_unused=*/true), parameters_.tensors);
  StepInfo info;
  info.gradient_norm = gradient.norm().item<double>();
  info.learning_rate = LearningRate(step_);
  if (!std::isfinite(info.gradient_norm)) {
    return absl::InternalError(absl::StrCat("training diverged at step ", step_,
                                            ": the gradient is not finite; lower training.learning_rate"));
  }
  if (info.gradient_norm > spec_.clip_norm) gradient.mul_(spec_.clip_norm / info.gradient_norm);
  ++step_;
  const auto count = static_cast<double>(step_);
  first_.mul_(kBeta1).add_(gradient, 1 - kBeta1);
  second_.mul_(kBeta2).addcmul_(gradient, gradient, 1 - kBeta2);
  const double correction1 = 1 - std::pow(kBeta1, count);
  const double correction2 = 1 - std::pow(kBeta2, count);
  if (spec_.weight_decay > 0) flat_.mul_(1 - info.learning_rate * spec_.weight_decay);
  flat_.addcdiv_(first_, (second_ / correction2).sqrt_().add_(kEpsilon), -info.learning_rate / correction1);
  // Early averages forget the initial weights sooner.
  average_.lerp_(flat_, 1 - std::min(spec_.ema_decay, count / (count + 9)));
  return info;
}

void Optimizer::Save(std::map<std::string, Array>* arrays) const {
  const std::pair<const char*, const at::Tensor*> named[] = {{"optimizer.weights", &flat_},
                                                             {"optimizer.first_moment", &first_},
                                                             {"optimizer.second_moment", &second_},
                                                             {"optimizer.average", &average_}};
  for (const auto& [name, tensor] : named) {
    (*arrays)[name] = Array::Of(absl::MakeConstSpan(tensor->data_ptr<float>(), static_cast<size_t>(tensor->numel())),
                                {tensor->numel()});
  }
  (*arrays)["optimizer.step"] = Array::Of(absl::MakeConstSpan(&step_, 1), {1});
}

absl::Status Optimizer::Restore(const TensorFile& file) {
  const std::pair<const char*, at::Tensor*> named[] = {{"optimizer.weights", &flat_},
                                                       {"optimizer.first_moment", &first_},
                                                       {"optimizer.second_moment", &second_},
                                                       {"optimizer.average", &average_}};
  const size_t bytes = static_cast<size_t>(flat_.numel()) * sizeof(float);
  for (const auto& [name, tensor] : named) {
    const absl::StatusOr<const Array*> array = file.Find(name);
    if (!array.ok() || (*array)->type != Array::Type::kFloat32 || (*array)->bytes.size() != bytes) {
      return absl::DataLossError(absl::StrCat("the checkpoint's ", name, " does not fit the network"));
    }
  }
  const absl::StatusOr<const Array*> step = file.Find("optimizer.step");
  if (!step.ok() || (*step)->Int64s().size() != 1) return absl::DataLossError("the checkpoint holds no step");
  for (const auto& [name, tensor] : named)
    std::memcpy(tensor->data_ptr<float>(), (*file.Find(name))->bytes.data(), bytes);
  step_ = (*step)->Int64s()[0];
  return absl::OkStatus();
}

}  // namespace actionmatch
