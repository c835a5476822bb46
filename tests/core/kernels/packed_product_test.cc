// Products with packed matrices in each instruction set, and so the register blocks that they are made of.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/kernels/kernels.h"
#include "tests/core/support/kernel_numbers.h"

namespace actionmatch {
namespace {

template <typename T>
class PackedProductTest : public testing::Test {};
TYPED_TEST_SUITE(PackedProductTest, FloatTypes);

// With and without a rest of vectors, blocks and chunks, and with the matrix from rows or from columns: whole numbers,
// so that sums are exact.
TYPED_TEST(PackedProductTest, ProductsWithPanelsAreTheSumsOfTheirDefinition) {
  using T = TypeParam;
  for (const int64_t m : {1, 5, 13, 64}) {
    for (const int64_t n : {1, 16, 37, 128, 300}) {
      for (const int64_t k : {1, 3, 64, 257, 600}) {
        const std::vector<T> a = Whole<T>(m * k, 6), b = Whole<T>(k * n, 7);
        std::vector<T> transposed(b.size()), expected(m * n);
        for (int64_t l = 0; l < k; ++l) {
          for (int64_t j = 0; j < n; ++j) transposed[j * k + l] = b[l * n + j];
          for (int64_t i = 0; i < m; ++i) {
            for (int64_t j = 0; j < n; ++j) expected[i * n + j] += a[i * k + l] * b[l * n + j];
          }
        }
        for (const KernelTable<T>* kernels : SupportedElementwise<T>()) {
          for (const bool from_columns : {false, true}) {
            constexpr int64_t kLine = 64 / sizeof(T);
            std::vector<T> panels(k * ((n + kLine - 1) / kLine * kLine)), out(m * n, T(9));
            kernels->pack(k, n, from_columns ? transposed.data() : b.data(), from_columns, panels.data());
            kernels->panels(m, n, k, a.data(), panels.data(), out.data());
            EXPECT_EQ(out, expected) << kernels->name << " " << m << " " << n << " " << k << from_columns;
          }
        }
      }
    }
  }
}

// A row's bits are its own, whatever rows are beside it.
TYPED_TEST(PackedProductTest, RowsOfAProductWithPanelsDoNotDependOnEachOther) {
  using T = TypeParam;
  constexpr int64_t kMost = 23, kColumns = 70, kTerms = 301;
  std::vector<T> a, b;
  for (const double value : Numbers(kMost * kTerms, 6, 4)) a.push_back(static_cast<T>(value));
  for (const double value : Numbers(kTerms * kColumns, 7, 4)) b.push_back(static_cast<T>(value));
  for (const KernelTable<T>* kernels : SupportedElementwise<T>()) {
    std::vector<T> panels(kTerms * 80), all(kMost * kColumns), some(all.size());
    kernels->pack(kTerms, kColumns, b.data(), false, panels.data());
    kernels->panels(kMost, kColumns, kTerms, a.data(), panels.data(), all.data());
    for (int64_t first = 0; first < kMost; ++first) {
      for (const int64_t m : {int64_t{1}, std::min<int64_t>(7, kMost - first)}) {
        kernels->panels(m, kColumns, kTerms, a.data() + first * kTerms, panels.data(), some.data());
        EXPECT_TRUE(std::equal(some.begin(), some.begin() + m * kColumns, all.begin() + first * kColumns))
            << kernels->name << " " << first << " " << m;
      }
    }
  }
}

}  // namespace
}  // namespace actionmatch
