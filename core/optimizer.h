// Adam (AdamW where weight_decay > 0) with linear warm-up, cosine decay to 1 % of the rate, clipping by global norm,
// and an exponential moving average of the weights. All parameters lie in one flat tensor, so that a step is two passes
// over it: one for the gradient's norm, one for all else.

#ifndef ACTIONMATCH_CORE_OPTIMIZER_H_
#define ACTIONMATCH_CORE_OPTIMIZER_H_

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <map>
#include <string>

#include "absl/status/statusor.h"
#include "core/potential.h"
#include "core/spec.h"
#include "core/tensor_file.h"

namespace actionmatch {

// Not thread-safe.
class Optimizer {
 public:
  // On up to `threads` threads, whose number changes no bit.
  Optimizer(const TrainingSpec& spec, const Potential& potential, const Parameters& initial, int threads);

  // The current weights, flat [P], in the order of Parameters.
  const at::Tensor& flat() const { return flat_; }
  // A copy of the moving average, in the shapes of the parameters.
  Parameters Average() const;

  struct StepInfo {
    double gradient_norm = 0;  // before clipping
    double learning_rate = 0;
  };
  // One step down a flat gradient [P]. INTERNAL, naming the step, if it is not finite: the weights are then as before.
  absl::StatusOr<StepInfo> Step(const at::Tensor& gradient);
  int64_t step() const { return step_; }
  // step: 0, 1, ...
  double LearningRate(int64_t step) const;

  // The state, for checkpoints: arrays "optimizer.*". Restore wants arrays that Save made for parameters of these
  // shapes; DATA_LOSS else.
  void Save(std::map<std::string, Array>* arrays) const;
  absl::Status Restore(const TensorFile& file);

 private:
  TrainingSpec spec_;
  Potential potential_;
  int threads_;
  at::Tensor flat_;     // [P] the weights
  at::Tensor first_;    // [P] Adam's moments
  at::Tensor second_;   // [P]
  at::Tensor average_;  // [P]
  int64_t step_ = 0;
};

}  // namespace actionmatch

#endif  // ACTIONMATCH_CORE_OPTIMIZER_H_
