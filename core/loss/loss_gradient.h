// LossGradient: the loss on one batch and its gradient by the parameters, on the host, by one of two engines.
//
//   fused      the passes of fused_loss.h, for perceptrons
//   autograd   LibTorch's graph of objective.h, for any potential: the reference that tests compare the other with
//
// Both engines give the same answers up to rounding (1e-4 relative in float32; 1e-2 with bfloat16 products, which only
// fused has).

#ifndef ACTIONMATCH_CORE_LOSS_LOSS_GRADIENT_H_
#define ACTIONMATCH_CORE_LOSS_LOSS_GRADIENT_H_

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "core/loss/objective.h"
#include "core/path/path.h"
#include "core/potential/potential.h"

namespace actionmatch {

struct LossAndInterior {
  double loss = 0;
  std::vector<float> interior;  // [B]: the terms of the mean before `factor` (objective.h)
};

// Not thread-safe.
class LossGradient {
 public:
  virtual ~LossGradient() = default;

  // Computes the loss at the flat parameters [P], and fills in the flat gradient [P]. `step` picks the probes of
  // Laplacians. `beside`, if not empty, is called once before Compute returns, perhaps on another thread.
  virtual LossAndInterior Compute(const at::Tensor& parameters, const PathBatch& batch, int64_t step,
                                  const std::function<void()>& beside, at::Tensor* gradient) = 0;
};

// Makes the gradient of the spec's engine, which is not kAuto and fits the potential (Validate has passed the spec), in
// the spec's precision, which CheckProcessor has passed (machine.h). For batches of `rows` rows, on up to `threads`
// threads.
std::unique_ptr<LossGradient> MakeLossGradient(const TrainingSpec& training, const Objective& objective,
                                               std::shared_ptr<const Potential> potential, int64_t rows, int threads);

}  // namespace actionmatch

#endif  // ACTIONMATCH_CORE_LOSS_LOSS_GRADIENT_H_
