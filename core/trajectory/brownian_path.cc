#include "core/trajectory/brownian_path.h"

#include <algorithm>
#include <cmath>

namespace actionmatch {
BrownianPath::BrownianPath(uint64_t seed, int64_t first_row, int64_t rows, int64_t dimension)
    : seed_(seed), first_row_(first_row), count_(rows), dimension_(dimension) {
  end_.assign(static_cast<size_t>(rows * dimension), 0.0);
  here_ = end_;
}

template <typename Use>
void BrownianPath::Fill(const Use& use) {
  for (int64_t row = 0; row < count_; ++row) {
    for (int64_t d = 0; d < dimension_; ++d) use(static_cast<size_t>(row * dimension_ + d), rows_[row].Normal());
  }
}

void BrownianPath::Step(int64_t step, double h) {
  h_ = h;
  share_ = 0;
  rows_.clear();
  for (int64_t row = 0; row < count_; ++row) {
    const uint64_t key = (static_cast<uint64_t>(first_row_ + row) << 32U) ^ static_cast<uint64_t>(step);
    rows_.emplace_back(seed_, RandomStream::kNoise, key);
  }
  std::fill(here_.begin(), here_.end(), 0.0);
  Fill([&](size_t i, double z) { end_[i] = std::sqrt(h) * z; });
}

const std::vector<double>& BrownianPath::At(double share) {
  const double part = (share - share_) / (1 - share_);
  const double deviation = std::sqrt(h_ * (share - share_) * (1 - share) / (1 - share_));
  Fill([&](size_t i, double z) { here_[i] += part * (end_[i] - here_[i]) + deviation * z; });
  share_ = share;
  return here_;
}

}  // namespace actionmatch
