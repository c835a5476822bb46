// FusedLoss: the loss of objective.h and its gradient by the parameters, computed by the passes of fused_network.h
// instead of an autograd graph. Rows are split into lanes. Threads take one lane at a time, and the lanes' gradients
// are summed in the order of the lanes. The number of lanes depends on shapes alone, so the number of threads changes
// no bit.

#ifndef ACTIONMATCH_CORE_LOSS_FUSED_LOSS_H_
#define ACTIONMATCH_CORE_LOSS_FUSED_LOSS_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "core/loss/objective.h"
#include "core/path/path.h"
#include "core/potential/fused_network.h"

namespace actionmatch {

// Not thread-safe. T: float, or double in tests.
template <typename T>
class FusedLoss {
 public:
  // For batches of `rows` rows; the potential must outlive this object. Uses up to `threads` OpenMP threads. kBfloat16
  // is for T = float.
  FusedLoss(const Objective& objective, const Perceptron& potential, TrainingSpec::Precision precision, int64_t rows,
            int threads);
  ~FusedLoss();

  // The loss at the flat parameters [P]. Throws c10::Error if the batch has another number of rows. Fills in gradient
  // [P] and, if not null, interior [B] (objective.h); the gradient must not overlap the parameters. Meanwhile `beside`,
  // if not empty, is called once on one of the threads.
  double Compute(const T* parameters, const PathBatch& batch, int64_t step, const std::function<void()>& beside,
                 T* gradient, float* interior);

 private:
  struct Lane;
  class Tiles;
  struct Passes {
    std::vector<std::unique_ptr<Lane>> lanes;
    std::vector<Tiles> tiles;  // by thread
  };
  Passes MakePasses(int64_t probes) const;

  const Objective objective_;
  const Perceptron& potential_;
  const int64_t rows_;
  const int threads_;
  FusedParameters<T> weights_;
  Passes plain_;   // for batches without a Laplacian; made when first needed
  Passes curved_;  // for batches with one
};

}  // namespace actionmatch

#endif  // ACTIONMATCH_CORE_LOSS_FUSED_LOSS_H_
