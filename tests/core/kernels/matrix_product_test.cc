#include "core/kernels/matrix_product.h"

#include <c10/util/Exception.h>
#include <gtest/gtest.h>
#include <omp.h>

#include <cmath>
#include <vector>

#include "core/kernels/kernels.h"
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

enum class Second { kPlain, kPacked, kPackedFromTransposed };

// One product with b [k, n] stored in the given way.
template <typename T, typename Number>
void Multiply(ProductShape shape, Second second, const std::vector<Number>& a, const std::vector<T>& b,
              Operand<T> plain_b, std::vector<T>* out) {
  shape.packed_b = second != Second::kPlain;
  Product<T> product(shape);
  if (second == Second::kPlain) {
    product.Run(a.data(), plain_b, out->data());
    return;
  }
  const bool transposed = second == Second::kPackedFromTransposed;
  std::vector<T> values = b;
  for (int64_t l = 0; transposed && l < shape.k; ++l) {
    for (int64_t j = 0; j < shape.n; ++j) values[j * shape.k + l] = b[l * shape.n + j];
  }
  PackedMatrix<T> packed(shape.k, shape.n, transposed, shape.bfloat16);
  packed.Set(values.data());
  product.Run(a.data(), packed, out->data());
}

// Every layout against the sum of its definition.
TYPED_TEST(ProductTest, EveryLayoutIsTheSumOfItsDefinition) {
  using T = TypeParam;
  for (const int64_t n : {1, 3, 8, 33, 700}) {
    for (const int layout : {0, 1, 2, 4}) {
      for (const bool accumulate : {false, true}) {
        const bool transpose_a = layout % 2 == 1;
        if (layout > 1 && accumulate) continue;  // packed
        const ProductShape shape{19, n, 27, transpose_a, accumulate};
        const std::vector<T> a = Numbers<T>(shape.m * shape.k, 1), b = Numbers<T>(shape.k * shape.n, 2);
        const std::vector<T> before = Numbers<T>(shape.m * shape.n, 3);
        std::vector<T> out = before;
        Multiply<T>(shape, static_cast<Second>(layout / 2), a, b, b.data(), &out);
        for (int64_t i = 0; i < shape.m; ++i) {
          for (int64_t j = 0; j < shape.n; ++j) {
            double sum = accumulate ? before[i * n + j] : 0;
            for (int64_t l = 0; l < shape.k; ++l) {
              sum += static_cast<double>(transpose_a ? a[l * shape.m + i] : a[i * shape.k + l]) * b[l * n + j];
            }
            EXPECT_NEAR(out[i * n + j], sum, sizeof(T) == 4 ? 1e-4 : 1e-12) << n << " " << layout << accumulate;
          }
        }
      }
    }
  }
}

TYPED_TEST(ProductTest, PackedMatricesNeitherTransposeNorAccumulate) {
  for (const bool bfloat16 : {false, true}) {
    for (const int64_t n : {3, 33}) {
      EXPECT_THROW(Product<TypeParam>({19, n, 27, true, false, true, bfloat16}), c10::Error);
      EXPECT_THROW(Product<TypeParam>({19, n, 27, false, true, true, bfloat16}), c10::Error);
    }
  }
}

// Numbers that bfloat16 holds exactly have the sums that float32 has.
TEST(Bfloat16ProductTest, EveryLayoutIsTheSumOfItsDefinition) {
  if (Bfloat16Instructions() == nullptr) GTEST_SKIP() << "this processor has no bfloat16 products";
  const auto whole = [](int64_t count, uint64_t seed) {
    std::vector<float> values = Numbers<float>(count, seed);
    for (float& value : values) value = std::round(16 * value) / 16;
    return values;
  };
  const auto rounded = [](const std::vector<float>& values) {
    std::vector<Bfloat16> answer(values.size());
    Kernels<float>().round(static_cast<int64_t>(values.size()), values.data(), answer.data());
    return answer;
  };
  for (const bool transpose_a : {false, true}) {
    for (const Second second : {Second::kPlain, Second::kPacked, Second::kPackedFromTransposed}) {
      for (const bool accumulate : {false, true}) {
        if (second != Second::kPlain && (transpose_a || accumulate)) continue;
        ProductShape shape{19, 33, 27, transpose_a, accumulate};
        shape.bfloat16 = true;
        const std::vector<float> a = whole(shape.m * shape.k, 1), b = whole(shape.k * shape.n, 2);
        const std::vector<float> before = whole(shape.m * shape.n, 3);
        std::vector<float> out = before;
        Multiply<float>(shape, second, rounded(a), b, rounded(b).data(), &out);
        for (int64_t i = 0; i < shape.m; ++i) {
          for (int64_t j = 0; j < shape.n; ++j) {
            float sum = accumulate ? before[i * shape.n + j] : 0;
            for (int64_t l = 0; l < shape.k; ++l) {
              sum += (transpose_a ? a[l * shape.m + i] : a[i * shape.k + l]) * b[l * shape.n + j];
            }
            EXPECT_EQ(out[i * shape.n + j], sum) << transpose_a << static_cast<int>(second) << accumulate;
          }
        }
      }
    }
  }
}

// A product is its caller's thread's alone: threads that OpenMP would have change no bit, and are left as they were.
TEST(ProductTest, ThreadsOfOthersChangeNoBit) {
  for (const ProductShape& shape : {ProductShape{24, 24, 16384, true}, ProductShape{512, 48, 64}}) {
    const std::vector<float> a = Numbers<float>(shape.m * shape.k, 1), b = Numbers<float>(shape.k * shape.n, 2);
    const int before = omp_get_max_threads();
    std::vector<std::vector<float>> outs;
    for (const int threads : {1, 4}) {
      omp_set_num_threads(threads);
      outs.emplace_back(static_cast<size_t>(shape.m * shape.n));
      Product<float>(shape).Run(a.data(), b.data(), outs.back().data());
      EXPECT_EQ(omp_get_max_threads(), threads);
    }
    omp_set_num_threads(before);
    EXPECT_EQ(outs[0], outs[1]) << shape.k;
  }
}

}  // namespace
}  // namespace actionmatch
