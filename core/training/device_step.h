// The training step of training_step.h in LibTorch's tensors, on any device: autograd of objective.h, then the formulas
// of adam_schedule.h. The step never waits for the host; on CUDA it is one launch (repeated_work.h) between one
// transfer in and one out.

#ifndef ACTIONMATCH_CORE_TRAINING_DEVICE_STEP_H_
#define ACTIONMATCH_CORE_TRAINING_DEVICE_STEP_H_

#include <c10/core/Device.h>

#include <memory>

#include "core/training/training_step.h"

namespace actionmatch {

// All batches must have as many rows as the first. From this call on, the training's precision holds for the products
// of the whole process.
std::unique_ptr<TrainingStep> MakeDeviceStep(const TrainingSpec& training, const Objective& objective,
                                             const Potential& potential, const Parameters& initial, at::Device device);

}  // namespace actionmatch

#endif  // ACTIONMATCH_CORE_TRAINING_DEVICE_STEP_H_
