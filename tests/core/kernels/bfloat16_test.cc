// Laws of rounding to bfloat16, in each instruction set: to the nearest, of two to the even one.

#include "core/kernels/bfloat16.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include "core/kernels/kernels.h"
#include "tests/core/support/kernel_numbers.h"

namespace actionmatch {
namespace {

float ValueOf(Bfloat16 number) {
  const uint32_t bits = static_cast<uint32_t>(number) << 16;
  float value = 0;
  std::memcpy(&value, &bits, sizeof(value));
  return value;
}

std::vector<float> Rounded(const KernelTable<float>& kernels, const std::vector<float>& values) {
  std::vector<Bfloat16> rounded(values.size());
  kernels.round(static_cast<int64_t>(values.size()), values.data(), rounded.data());
  std::vector<float> answer;
  for (const Bfloat16 number : rounded) answer.push_back(ValueOf(number));
  return answer;
}

TEST(Bfloat16Test, RoundsToTheNearestAndOfTwoToTheEvenOne) {
  const float step = std::ldexp(1.0F, -7);  // between two bfloat16 numbers from 1 to 2
  const std::vector<float> values = {1,
                                     1 + step,
                                     1 + step / 2,
                                     1 + 3 * step / 2,
                                     1 + 0.51F * step,
                                     1 + 0.49F * step,
                                     -(1 + 3 * step / 2),
                                     0,
                                     std::numeric_limits<float>::infinity(),
                                     std::numeric_limits<float>::max()};
  const std::vector<float> expected = {1,
                                       1 + step,
                                       1,
                                       1 + 2 * step,
                                       1 + step,
                                       1,
                                       -(1 + 2 * step),
                                       0,
                                       std::numeric_limits<float>::infinity(),
                                       std::numeric_limits<float>::infinity()};
  for (const KernelTable<float>* kernels : SupportedElementwise<float>()) {
    EXPECT_EQ(Rounded(*kernels, values), expected) << kernels->name;
    EXPECT_TRUE(std::isnan(Rounded(*kernels, {std::numeric_limits<float>::quiet_NaN()})[0])) << kernels->name;
  }
}

TEST(Bfloat16Test, KeepsEightBitsAndRoundsOnce) {
  std::vector<float> values;
  for (const double value : Numbers(1000, 3, 1e6)) values.push_back(static_cast<float>(value));
  for (const KernelTable<float>* kernels : SupportedElementwise<float>()) {
    const std::vector<float> once = Rounded(*kernels, values);
    for (size_t i = 0; i < values.size(); ++i) {
      EXPECT_LE(std::abs(once[i] - values[i]), std::ldexp(std::abs(values[i]), -8)) << kernels->name;
    }
    EXPECT_EQ(Rounded(*kernels, once), once) << kernels->name;
  }
}

}  // namespace
}  // namespace actionmatch
