// TrainingStep: the interface of the engines in training_engines.h. It has the parameters in training, and takes steps
// of them down the loss on a batch (adam_schedule.h, objective.h). All engines take the same step up to rounding, and
// each goes on from the state of any other.

#ifndef ACTIONMATCH_CORE_TRAINING_TRAINING_STEP_H_
#define ACTIONMATCH_CORE_TRAINING_TRAINING_STEP_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "core/loss/objective.h"
#include "core/path/path.h"
#include "core/potential/potential.h"
#include "core/spec/spec.h"
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
    std::vector<float> interior;  // [B] (objective.h); from a device only if times learn from it
  };
  // Takes one step. `beside`, if not empty, is called once before Take returns, perhaps on another thread. INTERNAL,
  // naming the step, if the gradient is not finite: the state then stays as it was.
  virtual absl::StatusOr<Info> Take(const PathBatch& batch, const std::function<void()>& beside) = 0;

  virtual const OptimizerState& state() const = 0;
  virtual OptimizerState& state() = 0;
};

// Everything that a training step is made from.
struct StepRequest {
  TrainingSpec training;  // device and engine are not AUTO; CheckProcessor has passed it (machine.h)
  Objective objective;
  std::shared_ptr<const Potential> potential;
  Parameters initial;
  int64_t rows = 1;  // of each batch
  int threads = 1;   // of the host, at most; their number changes no bit
};

}  // namespace actionmatch

#endif  // ACTIONMATCH_CORE_TRAINING_TRAINING_STEP_H_
