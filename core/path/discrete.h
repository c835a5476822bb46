// Discrete: a discrete distribution that is drawn systematically.

#ifndef ACTIONMATCH_CORE_PATH_DISCRETE_H_
#define ACTIONMATCH_CORE_PATH_DISCRETE_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/random.h"

namespace actionmatch {

// A discrete distribution over [0, size) that is drawn systematically: draw i of n takes the index at cumulative mass
// (i + U)/n, with one random offset U for all, and the draws are then shuffled. So the draws are unbiased, vary less
// than independent ones, and have no correlation with the low-discrepancy times that they meet.
class Discrete {
 public:
  explicit Discrete(const std::vector<double>& mass);
  void Draw(int64_t n, Random& random, std::vector<int32_t>* indices) const;
  double Share(size_t index) const { return cumulative_[index] - (index == 0 ? 0 : cumulative_[index - 1]); }

 private:
  // The index that a position in [0, 1) belongs to. The caller knows that it is `first` or more.
  size_t Find(double position, size_t first) const;

  std::vector<double> cumulative_;  // the last is 1
};

}  // namespace actionmatch

#endif  // ACTIONMATCH_CORE_PATH_DISCRETE_H_
