// Products with matrices of few columns in each instruction set, and so the vectors that they are made of.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/kernels/kernels.h"
#include "tests/core/support/kernel_numbers.h"

namespace actionmatch {
namespace {

template <typename T>
class NarrowProductTest : public testing::Test {};
TYPED_TEST_SUITE(NarrowProductTest, FloatTypes);

// In each instruction set, for all numbers of columns, with and without a rest of vectors and of rows; a row's answer
// does not depend on how many others there are.
TYPED_TEST(NarrowProductTest, NarrowProductsAreTheSumsOfTheirDefinition) {
  using T = TypeParam;
  constexpr int64_t kMost = 64;
  const std::vector<double> numbers = Numbers(kRows * kMost, 4), matrix = Numbers(kMaxNarrowColumns * kMost, 5);
  const std::vector<T> a(numbers.begin(), numbers.end()), b(matrix.begin(), matrix.end());
  for (const KernelTable<T>* kernels : SupportedElementwise<T>()) {
    for (int columns = 1; columns <= kMaxNarrowColumns; ++columns) {
      for (const int64_t k : {int64_t{1}, int64_t{16}, kWidth, kMost}) {
        std::vector<T> out(kRows * columns), one(columns);
        kernels->narrow(kRows, columns, k, a.data(), b.data(), out.data());
        for (int64_t i = 0; i < kRows; ++i) {
          kernels->narrow(1, columns, k, &a[i * k], b.data(), one.data());
          for (int j = 0; j < columns; ++j) {
            double sum = 0;
            for (int64_t l = 0; l < k; ++l) sum += static_cast<double>(a[i * k + l]) * b[j * k + l];
            EXPECT_NEAR(out[i * columns + j], sum, sizeof(T) == 4 ? 1e-4 : 1e-12) << kernels->name << " " << columns;
            EXPECT_EQ(out[i * columns + j], one[j]) << kernels->name << " " << columns << " " << k;
          }
        }
      }
    }
  }
}

}  // namespace
}  // namespace actionmatch
