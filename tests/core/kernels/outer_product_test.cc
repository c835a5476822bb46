// Sums of outer products in each instruction set, and so the register blocks that they are made of.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/kernels/kernels.h"
#include "tests/core/support/kernel_numbers.h"

namespace actionmatch {
namespace {

template <typename T>
class OuterProductTest : public testing::Test {};
TYPED_TEST_SUITE(OuterProductTest, FloatTypes);

// In each instruction set, with and without a rest of vectors, blocks and chunks: whole numbers, so that sums are
// exact.
TYPED_TEST(OuterProductTest, OuterProductsAreTheSumsOfTheirDefinition) {
  using T = TypeParam;
  for (const int64_t m : {1, 4, 13, 64}) {
    for (const int64_t n : {1, 3, 16, 37, 128, 300}) {
      for (const int64_t k : {1, 97, 800}) {
        const std::vector<T> a = Whole<T>(k * m, 6), b = Whole<T>(k * n, 7), before = Whole<T>(m * n, 8);
        std::vector<T> expected(m * n);
        for (int64_t l = 0; l < k; ++l) {
          for (int64_t i = 0; i < m; ++i) {
            for (int64_t j = 0; j < n; ++j) expected[i * n + j] += a[l * m + i] * b[l * n + j];
          }
        }
        for (const KernelTable<T>* kernels : SupportedElementwise<T>()) {
          std::vector<T> out = before;
          kernels->outer(m, n, k, a.data(), b.data(), false, out.data());
          EXPECT_EQ(out, expected) << kernels->name << " " << m << " " << n << " " << k;
          kernels->outer(m, n, k, a.data(), b.data(), true, out.data());
          for (T& value : out) value /= 2;
          EXPECT_EQ(out, expected) << kernels->name << " " << m << " " << n << " " << k;
        }
      }
    }
  }
}

}  // namespace
}  // namespace actionmatch
