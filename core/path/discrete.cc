#include "core/path/discrete.h"

#include <algorithm>

namespace actionmatch {
Discrete::Discrete(const std::vector<double>& mass) {
  double sum = 0;
  for (double m : mass) cumulative_.push_back(sum += m);
  for (double& c : cumulative_) c /= sum;
}

// Starts where the index would be if all masses were equal, goes on in growing steps, and then halves: the tables of
// many snapshots together fit in no cache.
size_t Discrete::Find(double position, size_t first) const {
  size_t low = first;
  size_t high = cumulative_.size() - 1;  // the index is one of [low, high]
  if (low == high) return low;
  size_t at = std::clamp(static_cast<size_t>(position * static_cast<double>(cumulative_.size())), low, high - 1);
  const bool beyond = cumulative_[at] > position;
  for (size_t step = 1; low < high && (cumulative_[at] > position) == beyond; step *= 2) {
    if (beyond) {
      high = at;
      at -= std::min(step, at - low);
    } else {
      low = at + 1;
      at += std::min(step, high - 1 - at);
    }
  }
  const auto begin = cumulative_.begin();
  const auto found = std::upper_bound(begin + static_cast<int64_t>(low), begin + static_cast<int64_t>(high), position);
  return static_cast<size_t>(found - begin);
}

void Discrete::Draw(int64_t n, Random& random, std::vector<int32_t>* indices) const {
  indices->resize(static_cast<size_t>(n));
  const double offset = random.Uniform();
  size_t at = 0;
  for (int64_t i = 0; i < n; ++i) {
    at = Find((static_cast<double>(i) + offset) / static_cast<double>(n), at);
    (*indices)[i] = static_cast<int32_t>(at);
  }
  Shuffle(random, indices);
}

}  // namespace actionmatch
