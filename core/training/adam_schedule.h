// AdamSchedule: Adam (AdamW if weight_decay > 0) with linear warm-up, cosine decay to 1 % of the rate, clipping by
// global norm, and an exponential moving average of the parameters:
//
//   g = min(1, clip_norm / |grad L|) grad L    m <- b1 m + (1 - b1) g    v <- b2 v + (1 - b2) g^2
//   w <- keep w - rate m / (sqrt(correction2 v) + epsilon)               average <- average + share (w - average)
//
// The schedule holds everything that a step depends on except the gradient.

#ifndef ACTIONMATCH_CORE_TRAINING_ADAM_SCHEDULE_H_
#define ACTIONMATCH_CORE_TRAINING_ADAM_SCHEDULE_H_

#include <cstdint>

#include "absl/status/status.h"
#include "core/spec/spec.h"

namespace actionmatch {

inline constexpr double kBeta1 = 0.9;
inline constexpr double kBeta2 = 0.999;
inline constexpr double kAdamEpsilon = 1e-8;

struct AdamSchedule {
  double learning_rate = 0;
  double rate = 0;         // learning_rate / (1 - b1^t), t = step + 1
  double correction2 = 0;  // 1 / (1 - b2^t)
  double keep = 0;         // 1 - learning_rate * weight_decay
  double share = 0;        // of the new parameters in the average
};

// step: 0, 1, ...
AdamSchedule ScheduleAt(const TrainingSpec& spec, int64_t step);

// The error for a gradient that is not finite.
absl::Status Diverged(int64_t step);

}  // namespace actionmatch

#endif  // ACTIONMATCH_CORE_TRAINING_ADAM_SCHEDULE_H_
