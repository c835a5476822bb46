#include "core/products.h"

#include <gtest/gtest.h>

#include <vector>

#include "core/random.h"

namespace actionmatch {
namespace {

template <typename T>
std::vector<T> Numbers(int64_t count, uint64_t seed) {
  Random random(seed, RandomStream::kSimulate);
  std::vector<T> values;
  for (int64_t i = 0; i < count; ++i) values.push_back(static_cast<T>(random.Normal()));
  return values;
}

template <typename T>
class ProductTest : public testing::Test {};
using Types = testing::Types<float, double>;
TYPED_TEST_SUITE(ProductTest, Types);

// Every layout against the sum of its definition, for shapes of both libraries.
TYPED_TEST(ProductTest, EveryLayoutIsTheSumOfItsDefinition) {
  using T = TypeParam;
  for (const int64_t n : {1, 3, 8, 33}) {
    for (const bool transpose_a : {false, true}) {
      for (const bool accumulate : {false, true}) {
        const ProductShape shape{19, n, 27, transpose_a, accumulate};
        const std::vector<T> a = Numbers<T>(shape.m * shape.k, 1), b = Numbers<T>(shape.k * shape.n, 2);
        const std::vector<T> before = Numbers<T>(shape.m * shape.n, 3);
        std::vector<T> out = before;
        Product<T> product(shape);
        product.Run(a.data(), b.data(), out.data());
        for (int64_t i = 0; i < shape.m; ++i) {
          for (int64_t j = 0; j < shape.n; ++j) {
            double sum = accumulate ? before[i * n + j] : 0;
            for (int64_t l = 0; l < shape.k; ++l) {
              sum += static_cast<double>(transpose_a ? a[l * shape.m + i] : a[i * shape.k + l]) * b[l * n + j];
            }
            EXPECT_NEAR(out[i * n + j], sum, sizeof(T) == 4 ? 1e-4 : 1e-12) << n << transpose_a << accumulate;
          }
        }
      }
    }
  }
}

}  // namespace
}  // namespace actionmatch
