// The training step of training_step.h on the host: a gradient by loss_gradient.h, then a step of optimizer.h.

#ifndef ACTIONMATCH_CORE_TRAINING_HOST_STEP_H_
#define ACTIONMATCH_CORE_TRAINING_HOST_STEP_H_

#include <memory>

#include "core/training/training_step.h"

namespace actionmatch {

// The engine in request.training.engine computes the gradient.
std::unique_ptr<TrainingStep> MakeHostStep(const StepRequest& request);

}  // namespace actionmatch

#endif  // ACTIONMATCH_CORE_TRAINING_HOST_STEP_H_
