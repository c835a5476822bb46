// TrainerOptions: how a machine runs a training. The options are no part of what is trained, and so no part of its
// checkpoints.

#ifndef ACTIONMATCH_CORE_TRAINING_TRAINER_OPTIONS_H_
#define ACTIONMATCH_CORE_TRAINING_TRAINER_OPTIONS_H_

#include "core/snapshots/row_windows.h"
#include "core/spec/spec.h"

namespace actionmatch {

struct TrainerOptions {
  // At least 1 is used: by fused passes, held-out pushes and LibTorch (for the whole process, set by Run).
  int threads = 1;
  WindowOptions windows;  // for stored rows: how much of them is in memory; other windows give other bits
  // The device that training.device AUTO comes to; kAuto: CUDA if it can be used, otherwise the CPU.
  TrainingSpec::Device device = TrainingSpec::Device::kAuto;
};

}  // namespace actionmatch

#endif  // ACTIONMATCH_CORE_TRAINING_TRAINER_OPTIONS_H_
