// TrainingStep: weights in training, and a step of them down the loss on a batch (adam_schedule.h, objective.h).
//
//   host     gradients by loss_gradient.h, then optimizer.h
//   device   all of it in LibTorch's tensors, on CUDA captured into a graph (device_step.h)
//
// Both take the same step up to rounding, and either goes on from the other's state.

#ifndef ACTIONMATCH_CORE_TRAINING_TRAINING_STEP_H_
#define ACTIONMATCH_CORE_TRAINING_TRAINING_STEP_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "core/loss/objective.h"
#include "core/path/path.h"
#include "core/potential/potential.h"
#include "core/training/optimizer_state.h"

namespace actionmatch {

// Not thread-safe.
class TrainingStep {
 public:
  virtual ~TrainingStep() = default;

  struct Info {
    double loss = 0;
    double gradient_norm = 0;  // before clipping
    double learning_rate = 0;
    std::vector<float> interior;  // [B] (objective.h); from a device only for times that learn from it
  };
  // `beside`, if not empty, is called once before Take returns, perhaps on another thread. INTERNAL, naming the step,
  // if the gradient is not finite: the state is then as before.
  virtual absl::StatusOr<Info> Take(const PathBatch& batch, const std::function<void()>& beside) = 0;

  virtual const OptimizerState& state() const = 0;
  virtual OptimizerState& state() = 0;
};

// On the training's device, by its engine, neither of them AUTO, and its precision, all of which CheckProcessor has
// passed (processor.h); for batches of `rows` rows, on up to `threads` threads of the host.
std::unique_ptr<TrainingStep> MakeTrainingStep(const TrainingSpec& training, const Objective& objective,
                                               std::shared_ptr<const Potential> potential, const Parameters& initial,
                                               int64_t rows, int threads);

// What decides rounding: the same device, engine and kernels give the same bits, whatever the number of threads.
std::string KernelsOf(const TrainingSpec& training);

}  // namespace actionmatch

#endif  // ACTIONMATCH_CORE_TRAINING_TRAINING_STEP_H_
