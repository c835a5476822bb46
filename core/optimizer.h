// Adam (AdamW where weight_decay > 0) with linear warm-up, cosine decay to 1 % of the rate, clipping by global norm,
// and an exponential moving average of the weights. All parameters are views into one flat tensor, so that a step is a
// handful of passes over it.

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
  Optimizer(const TrainingSpec& spec, const Parameters& initial);

  // The current weights: leaves that want gradients.
  const Parameters& parameters() const { return parameters_; }
  // A copy of the moving average, in the shapes of the parameters.
  Parameters Average() const;

  struct StepInfo {
    double gradient_norm = 0;  // before clipping
    double learning_rate = 0;
  };
  // One step down the gradient of a loss made of parameters(). INTERNAL, naming the step, if the gradient is not
  // finite: the weights are then as before.
  absl::StatusOr<StepInfo> Step(const at::Tensor& loss);
  int64_t step() const { return step_; }
  // step: 0, 1, ...
  double LearningRate(int64_t step) const;

  // The state, for checkpoints: arrays "optimizer.*". Restore wants arrays that Save made for parameters of these
  // shapes; DATA_LOSS else.
  void Save(std::map<std::string, Array>* arrays) const;
  absl::Status Restore(const TensorFile& file);

 private:
  Parameters Views(const at::Tensor& flat) const;

  TrainingSpec spec_;
  std::vector<std::vector<int64_t>> shapes_;
  at::Tensor flat_;     // [P] the weights
  at::Tensor first_;    // [P] Adam's moments
  at::Tensor second_;   // [P]
  at::Tensor average_;  // [P]
  Parameters parameters_;
  int64_t step_ = 0;
};

}  // namespace actionmatch

#endif  // ACTIONMATCH_CORE_OPTIMIZER_H_
