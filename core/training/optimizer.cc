#include "core/training/optimizer.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/kernels/kernels.h"
#include "core/training/adam_schedule.h"

namespace actionmatch {
namespace {

// The parameters that one thread takes at a time; the norm is summed over these blocks in their order.
constexpr int64_t kBlock = int64_t{1} << 15;

}  // namespace

Optimizer::Optimizer(const TrainingSpec& spec, const Parameters& initial, int threads)
    : spec_(spec), threads_(threads), state_(initial, at::kCPU) {}

absl::StatusOr<Optimizer::StepInfo> Optimizer::Step(const at::Tensor& gradient) {
  const KernelTable<float>& kernels = Kernels<float>();
  const int64_t size = state_.parameters.numel();
  const int64_t blocks = (size + kBlock - 1) / kBlock;
  const float* g = gradient.data_ptr<float>();
  const auto count = [&](int64_t block) { return std::min(kBlock, size - block * kBlock); };
  std::vector<double> squares(static_cast<size_t>(blocks));
#pragma omp parallel for schedule(static) num_threads(threads_) if (blocks >= 4)
  for (int64_t block = 0; block < blocks; ++block) {
    squares[block] = kernels.squares(count(block), g + block * kBlock);
  }
  const AdamSchedule schedule = ScheduleAt(spec_, state_.step);
  StepInfo info;
  for (const double part : squares) info.gradient_norm += part;
  info.gradient_norm = std::sqrt(info.gradient_norm);
  info.learning_rate = schedule.learning_rate;
  if (!std::isfinite(info.gradient_norm)) return Diverged(state_.step);
  ++state_.step;
  AdamFactors<float> factors{};
  factors.clip = static_cast<float>(std::min(1.0, spec_.clip_norm / std::max(info.gradient_norm, 1e-300)));
  factors.beta1 = static_cast<float>(kBeta1);
  factors.beta2 = static_cast<float>(kBeta2);
  factors.rate = static_cast<float>(schedule.rate);
  factors.correction2 = static_cast<float>(schedule.correction2);
  factors.epsilon = static_cast<float>(kAdamEpsilon);
  factors.keep = static_cast<float>(schedule.keep);
  factors.average = static_cast<float>(schedule.share);
  auto* const weights = state_.parameters.data_ptr<float>();
  auto* const first = state_.first_moment.data_ptr<float>();
  auto* const second = state_.second_moment.data_ptr<float>();
  auto* const average = state_.average.data_ptr<float>();
#pragma omp parallel for schedule(static) num_threads(threads_) if (blocks >= 4)
  for (int64_t block = 0; block < blocks; ++block) {
    const int64_t at = block * kBlock;
    kernels.adam(count(block), factors, g + at, weights + at, first + at, second + at, average + at);
  }
  return info;
}

}  // namespace actionmatch
