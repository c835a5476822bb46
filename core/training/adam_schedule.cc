#include "core/training/adam_schedule.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"

namespace actionmatch {
namespace {

constexpr double kFinalRate = 0.01;  // as a share of the peak
constexpr double kPi = 3.141592653589793;

double LearningRate(const TrainingSpec& spec, int64_t step) {
  const auto warmup = static_cast<double>(spec.warmup_steps);
  const auto done = static_cast<double>(step);
  if (done < warmup) return spec.learning_rate * (done + 1) / warmup;
  const double span = std::max(1.0, static_cast<double>(spec.steps) - warmup);
  const double cosine = 0.5 * (1 + std::cos(kPi * std::min(1.0, (done - warmup) / span)));
  return spec.learning_rate * (kFinalRate + (1 - kFinalRate) * cosine);
}

}  // namespace

AdamSchedule ScheduleAt(const TrainingSpec& spec, int64_t step) {
  const auto taken = static_cast<double>(step + 1);
  AdamSchedule schedule;
  schedule.learning_rate = LearningRate(spec, step);
  schedule.rate = schedule.learning_rate / (1 - std::pow(kBeta1, taken));
  schedule.correction2 = 1 / (1 - std::pow(kBeta2, taken));
  schedule.keep = 1 - schedule.learning_rate * spec.weight_decay.value_or(0);
  // Early averages forget the initial parameters sooner.
  schedule.share = 1 - std::min(spec.ema_decay, taken / (taken + 9));
  return schedule;
}

absl::Status Diverged(int64_t step) {
  // No rate has had a part in the first gradient.
  return absl::InternalError(absl::StrCat(
      "training diverged at step ", step, ": the gradient is not finite; ",
      step > 0 ? "lower training.learning_rate"
               : "some numbers are out of float32's reach: lower dynamics.sigma, dynamics.lambda or path.bridge_noise, "
                 "bring dynamics.cost nearer to its defaults, or look for points or times far from all others"));
}

}  // namespace actionmatch
