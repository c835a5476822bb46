// Numbers that tests of the kernels compute with.

#ifndef ACTIONMATCH_TESTS_CORE_SUPPORT_KERNEL_NUMBERS_H_
#define ACTIONMATCH_TESTS_CORE_SUPPORT_KERNEL_NUMBERS_H_

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <vector>

#include "core/random.h"

namespace actionmatch {

// Sizes that fill no vector.
constexpr int64_t kRows = 7;
constexpr int64_t kWidth = 37;

inline std::vector<double> Numbers(size_t count, uint64_t seed, double size = 1) {
  Random random(seed, RandomStream::kSimulate);
  std::vector<double> values;
  for (size_t i = 0; i < count; ++i) values.push_back(size * random.Normal());
  return values;
}

template <typename T>
std::vector<T> NumbersOf(int64_t count, uint64_t seed) {
  const std::vector<double> values = Numbers(static_cast<size_t>(count), seed);
  return std::vector<T>(values.begin(), values.end());
}

// Whole numbers, whose sums and products are exact.
template <typename T>
std::vector<T> Whole(int64_t count, uint64_t seed) {
  std::vector<T> values;
  for (const double value : Numbers(static_cast<size_t>(count), seed, 4)) values.push_back(std::round(value));
  return values;
}

using FloatTypes = testing::Types<float, double>;

}  // namespace actionmatch

#endif  // ACTIONMATCH_TESTS_CORE_SUPPORT_KERNEL_NUMBERS_H_
