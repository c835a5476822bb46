// Training engines: the table of all that can take a training step, best first; the reference comes last and takes any
// step. To add an engine, add a row in training_engines.cc, and a maker of its TrainingStep in a file of its own.

#ifndef ACTIONMATCH_CORE_TRAINING_TRAINING_ENGINES_H_
#define ACTIONMATCH_CORE_TRAINING_TRAINING_ENGINES_H_

#include <memory>
#include <string>

#include "absl/types/span.h"
#include "core/potential/potential.h"
#include "core/spec/spec.h"
#include "core/training/training_step.h"

namespace actionmatch {

struct TrainingEngine {
  const char* name;
  TrainingSpec::Device device;  // not kAuto
  TrainingSpec::Engine engine;  // the engine's name in a spec; not kAuto
  // Whether the engine takes steps of this potential as this spec asks.
  bool (*supports)(const TrainingSpec& training, const Potential& potential);
  std::unique_ptr<TrainingStep> (*make)(const StepRequest& request);
  std::string (*kernels)();   // what decides the rounding of its float32 products
  const char* (*bfloat16)();  // what decides the rounding of its bfloat16 products
};

absl::Span<const TrainingEngine> TrainingEngines();

// The first row for the training's device and engine, neither of them AUTO, that supports both arguments; otherwise the
// reference.
const TrainingEngine& EngineOf(const TrainingSpec& training, const Potential& potential);

// A step by the engine of request.training.
std::unique_ptr<TrainingStep> MakeTrainingStep(const StepRequest& request);

// A text that says what decides rounding: the same device, engine and kernels give the same bits on any number of
// threads.
std::string KernelsOf(const TrainingSpec& training, const Potential& potential);

}  // namespace actionmatch

#endif  // ACTIONMATCH_CORE_TRAINING_TRAINING_ENGINES_H_
