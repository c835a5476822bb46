// Low-discrepancy training times: u_i = frac(u_0 + i sqrt 2), carried from step to step. The state is the running index
// alone, so a checkpoint needs to hold nothing.

#ifndef ACTIONMATCH_CORE_TIME_LAW_H_
#define ACTIONMATCH_CORE_TIME_LAW_H_

#include <cstdint>

namespace actionmatch {

// Times within each of K intervals, stratified: every step draws the same number n in each. t ~ p(t) = 1/(K Delta_k) on
// interval k, so that a mean over all K n samples estimates int f dt once weighted by K Delta_k.
class TimeLaw {
 public:
  explicit TimeLaw(uint64_t seed);
  // u in [0, 1): the position of sample i of step `step` in interval k, n samples a step.
  double Position(int64_t step, int64_t k, int64_t i, int64_t n) const;

 private:
  uint64_t seed_;
};

}  // namespace actionmatch

#endif  // ACTIONMATCH_CORE_TIME_LAW_H_
