#include "core/optimizer.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "core/elementwise.h"

namespace actionmatch {
namespace {

constexpr double kBeta1 = 0.9;
constexpr double kBeta2 = 0.999;
constexpr double kEpsilon = 1e-8;
constexpr double kFinalRate = 0.01;  // as a share of the peak
constexpr double kPi = 3.141592653589793;
// Parameters that one thread takes at a time; the norm is summed over such blocks in their order.
constexpr int64_t kBlock = int64_t{1} << 15;

}  // namespace

Optimizer::Optimizer(const TrainingSpec& spec, const Potential& potential, const Parameters& initial, int threads)
    : spec_(spec), potential_(potential), threads_(threads) {
  std::vector<at::Tensor> parts;
  for (const at::Tensor& tensor : initial.tensors) parts.push_back(tensor.detach().reshape({-1}));
  flat_ = at::cat(parts);
  first_ = at::zeros_like(flat_);
  second_ = at::zeros_like(flat_);
  average_ = flat_.clone();
}

Parameters Optimizer::Average() const { return potential_.Views(average_.clone()); }

double Optimizer::LearningRate(int64_t step) const {
  const auto warmup = static_cast<double>(spec_.warmup_steps);
  const auto done = static_cast<double>(step);
  if (done < warmup) return spec_.learning_rate * (done + 1) / warmup;
  const double span = std::max(1.0, static_cast<double>(spec_.steps) - warmup);
  const double cosine = 0.5 * (1 + std::cos(kPi * std::min(1.0, (done - warmup) / span)));
  return spec_.learning_rate * (kFinalRate + (1 - kFinalRate) * cosine);
}

absl::StatusOr<Optimizer::StepInfo> Optimizer::Step(const at::Tensor& gradient) {
  const ElementwiseKernels<float>& kernels = Elementwise<float>();
  const int64_t size = flat_.numel();
  const int64_t blocks = (size + kBlock - 1) / kBlock;
  const float* g = gradient.data_ptr<float>();
  const auto count = [&](int64_t block) { return std::min(kBlock, size - block * kBlock); };
  std::vector<double> squares(static_cast<size_t>(blocks));
#pragma omp parallel for schedule(static) num_threads(threads_) if (blocks >= 4)
  for (int64_t block = 0; block < blocks; ++block) {
    squares[block] = kernels.squares(count(block), g + block * kBlock);
  }
  StepInfo info;
  for (const double part : squares) info.gradient_norm += part;
  info.gradient_norm = std::sqrt(info.gradient_norm);
  info.learning_rate = LearningRate(step_);
  if (!std::isfinite(info.gradient_norm)) {
    return absl::InternalError(absl::StrCat("training diverged at step ", step_,
                                            ": the gradient is not finite; lower training.learning_rate"));
  }
  ++step_;
  const auto taken = static_cast<double>(step_);
  AdamFactors<float> factors{};
  factors.clip = static_cast<float>(std::min(1.0, spec_.clip_norm / std::max(info.gradient_norm, 1e-300)));
  factors.beta1 = static_cast<float>(kBeta1);
  factors.beta2 = static_cast<float>(kBeta2);
  factors.rate = static_cast<float>(info.learning_rate / (1 - std::pow(kBeta1, taken)));
  factors.correction2 = static_cast<float>(1 / (1 - std::pow(kBeta2, taken)));
  factors.epsilon = static_cast<float>(kEpsilon);
  factors.keep = static_cast<float>(1 - info.learning_rate * spec_.weight_decay);
  // Early averages forget the initial weights sooner.
  factors.average = static_cast<float>(1 - std::min(spec_.ema_decay, taken / (taken + 9)));
#pragma omp parallel for schedule(static) num_threads(threads_) if (blocks >= 4)
  for (int64_t block = 0; block < blocks; ++block) {
    const int64_t at = block * kBlock;
    kernels.adam(count(block), factors, g + at, flat_.data_ptr<float>() + at, first_.data_ptr<float>() + at,
                 second_.data_ptr<float>() + at, average_.data_ptr<float>() + at);
  }
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
