#include "core/time_law.h"

#include <cmath>

#include "core/random.h"

namespace actionmatch {

TimeLaw::TimeLaw(uint64_t seed) : seed_(seed) {}

double TimeLaw::Position(int64_t step, int64_t k, int64_t i, int64_t n) const {
  const auto words = Philox(seed_, RandomStream::kTimes, static_cast<uint64_t>(k), 0);
  // Only the fractional part of sqrt 2 matters; it is kept apart so that large indices lose no digits to its whole
  // part.
  constexpr double kFraction = 0.41421356237309504880;
  const double index = static_cast<double>(step * n + i);
  const double u = ToUniform(words[0], words[1]) + index * kFraction;
  return u - std::floor(u);
}

}  // namespace actionmatch
