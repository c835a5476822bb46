// The Brownian path that moves a tile of rows: increments over steps, and values within a step.

#ifndef ACTIONMATCH_CORE_TRAJECTORY_BROWNIAN_PATH_H_
#define ACTIONMATCH_CORE_TRAJECTORY_BROWNIAN_PATH_H_

#include <cstdint>
#include <vector>

#include "core/random.h"

namespace actionmatch {

// The path of B rows with D components each, a pure function of (seed, row, step): frames between two steps do not
// change the path after them. Not thread-safe.
class BrownianPath {
 public:
  // The path of rows [first_row, first_row + rows).
  BrownianPath(uint64_t seed, int64_t first_row, int64_t rows, int64_t dimension);

  // Begins step number `step` of length h > 0, and draws its whole increment.
  void Step(int64_t step, double h);
  // [B, D]: the increment from the step's start to `share` of it, 0 < share < 1. Shares must increase within a step.
  // Drawn from the Gaussian of a point between two known ends.
  const std::vector<double>& At(double share);
  // [B, D]: the step's whole increment.
  const std::vector<double>& End() const { return end_; }

 private:
  template <typename Use>
  void Fill(const Use& use);

  const uint64_t seed_;
  const int64_t first_row_;
  const int64_t count_;  // B
  const int64_t dimension_;
  std::vector<double> end_, here_;  // [B, D]
  std::vector<Random> rows_;        // [B], for this step: the step's end takes the first draws, whatever frames follow
  double h_ = 0;
  double share_ = 0;
};

}  // namespace actionmatch

#endif  // ACTIONMATCH_CORE_TRAJECTORY_BROWNIAN_PATH_H_
