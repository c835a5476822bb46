// TrainerOptions: how a machine runs a training. None of it is part of what is trained, and so of its checkpoints.

#ifndef ACTIONMATCH_CORE_TRAINING_TRAINER_OPTIONS_H_
#define ACTIONMATCH_CORE_TRAINING_TRAINER_OPTIONS_H_

#include "core/snapshots/row_windows.h"
#include "core/spec/spec.h"

namespace actionmatch {

struct TrainerOptions {
  int threads = 1;        // at least 1 is used; of fused passes, held-out pushes and LibTorch (set process-wide by Run)
  WindowOptions windows;  // of stored rows: how much of them is in memory; other windows give other bits
  // What training.device AUTO comes to; kAuto: CUDA where it can be used, otherwise the CPU.
  TrainingSpec::Device device = TrainingSpec::Device::kAuto;
};

}  // namespace actionmatch

#endif  // ACTIONMATCH_CORE_TRAINING_TRAINER_OPTIONS_H_
