// Optimizer: the step of adam_schedule.h on the host, in two passes over flat tensors: one for the gradient's norm, one
// for the rest.

#ifndef ACTIONMATCH_CORE_TRAINING_OPTIMIZER_H_
#define ACTIONMATCH_CORE_TRAINING_OPTIMIZER_H_

#include <ATen/core/Tensor.h>

#include "absl/status/statusor.h"
#include "core/spec/spec.h"
#include "core/training/optimizer_state.h"

namespace actionmatch {

// Not thread-safe.
class Optimizer {
 public:
  // Uses up to `threads` threads; their number changes no bit.
  Optimizer(const TrainingSpec& spec, const Parameters& initial, int threads);

  struct StepInfo {
    double gradient_norm = 0;  // before clipping
    double learning_rate = 0;
  };
  // Takes one step down a flat gradient [P]. INTERNAL, naming the step, if the gradient is not finite: the parameters
  // then stay as they were.
  absl::StatusOr<StepInfo> Step(const at::Tensor& gradient);

  const OptimizerState& state() const { return state_; }
  OptimizerState& state() { return state_; }

 private:
  TrainingSpec spec_;
  int threads_;
  OptimizerState state_;
};

}  // namespace actionmatch

#endif  // ACTIONMATCH_CORE_TRAINING_OPTIMIZER_H_
