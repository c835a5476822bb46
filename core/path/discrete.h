// Discrete: a discrete distribution that is drawn systematically.

#ifndef ACTIONMATCH_CORE_PATH_DISCRETE_H_
#define ACTIONMATCH_CORE_PATH_DISCRETE_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/random.h"

namespace actionmatch {

// A discrete distribution over [0, size), drawn systematically: n draws take the cumulative mass at (i + U)/n, one
// random offset U for all, and are then shuffled, so that they are unbiased, vary less than independent ones, and have
// no correlation with the low-discrepancy times they meet.
class Discrete {
 public:
  explicit Discrete(const std::vector<double>& mass);
  void Draw(int64_t n, Random& random, std::vector<int32_t>* indices) const;
  double Share(size_t index) const { return cumulative_[index] - (index == 0 ? 0 : cumulative_[index - 1]); }

 private:
  // The index that a position in [0, 1) belongs to, which is no less than `first`.
  size_t Find(double position, size_t first) const;

  std::vector<double> cumulative_;  // last is 1
};

}  // namespace actionmatch

#endif  // ACTIONMATCH_CORE_PATH_DISCRETE_H_
