// The passes between products, and the optimizer's.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/kernels/kernels.h"
#include "tests/core/support/kernel_numbers.h"

namespace actionmatch {
namespace {

template <typename T>
class PassesTest : public testing::Test {};
TYPED_TEST_SUITE(PassesTest, FloatTypes);

// Each pass against its formula, in each instruction set, in place and rounded on the way.
//
// A pass over some arrays, of which it changes copies; `formula` is the same pass written down for one number.
template <typename T>
using Arrays = std::vector<std::vector<T>>;

template <typename T>
void ExpectArrays(const Arrays<T>& found, const Arrays<T>& expected, const char* name) {
  for (size_t a = 0; a < expected.size(); ++a) {
    for (size_t i = 0; i < expected[a].size(); ++i) {
      EXPECT_NEAR(found[a][i], expected[a][i], 1e-5 * (1 + std::abs(expected[a][i]))) << name << ", array " << a;
    }
  }
}

// [kRows, kWidth] each.
template <typename T>
Arrays<T> Some(int count) {
  Arrays<T> arrays;
  for (int a = 0; a < count; ++a) arrays.push_back(NumbersOf<T>(kRows * kWidth, static_cast<uint64_t>(10 + a)));
  return arrays;
}

constexpr int64_t kSize = kRows * kWidth;

TYPED_TEST(PassesTest, BackwardAndTangentAreThoseOfTheFormula) {
  using T = TypeParam;
  for (const KernelTable<T>* kernels : SupportedElementwise<T>()) {
    const Arrays<T> before = Some<T>(5);  // q, d1, e, d2, qd2
    Arrays<T> x = before, expected = before;
    for (int64_t i = 0; i < kSize; ++i) {
      expected[0][i] = before[0][i] * before[1][i];
      expected[2][i] = before[0][i] * before[2][i];
    }
    kernels->backward(kSize, x[0].data(), x[1].data(), x[2].data(), nullptr);
    ExpectArrays(x, expected, kernels->name);
    x = before;
    kernels->tangent(kSize, x[0].data(), x[1].data(), x[2].data(), nullptr);  // the same formula of other letters
    ExpectArrays(x, expected, kernels->name);
    x = before;
    for (int64_t i = 0; i < kSize; ++i) expected[4][i] = before[0][i] * before[3][i];
    kernels->backward_curved(kSize, x[0].data(), x[1].data(), x[3].data(), x[4].data(), x[2].data(), nullptr);
    ExpectArrays(x, expected, kernels->name);
  }
}

TYPED_TEST(PassesTest, ReverseIsThatOfTheFormulaAndSumsColumns) {
  using T = TypeParam;
  for (const KernelTable<T>* kernels : SupportedElementwise<T>()) {
    const Arrays<T> before = Some<T>(3);  // r, d1, e
    for (const bool with_e : {false, true}) {
      Arrays<T> x = before, expected = before;
      std::vector<T> sums = NumbersOf<T>(kWidth, 4), expected_sums = sums, added = sums;
      for (int64_t i = 0; i < kSize; ++i) {
        expected[0][i] = before[0][i] * before[1][i] + (with_e ? before[2][i] : 0);
        expected_sums[i % kWidth] += expected[0][i];
      }
      kernels->reverse(kRows, kWidth, x[0].data(), x[1].data(), with_e ? x[2].data() : nullptr, sums.data(), nullptr);
      ExpectArrays(x, expected, kernels->name);
      ExpectArrays<T>({sums}, {expected_sums}, kernels->name);
      kernels->add_columns(kRows, kWidth, x[0].data(), added.data());
      ExpectArrays<T>({added}, {expected_sums}, kernels->name);
    }
  }
}

TYPED_TEST(PassesTest, ProbesAreThoseOfTheFormula) {
  using T = TypeParam;
  for (const KernelTable<T>* kernels : SupportedElementwise<T>()) {
    for (const bool first : {false, true}) {
      const Arrays<T> before = Some<T>(4);  // z, d1, kept, squares
      Arrays<T> x = before, expected = before;
      for (int64_t i = 0; i < kSize; ++i) {
        expected[0][i] = before[0][i] * before[1][i];
        expected[2][i] = before[0][i];
        expected[3][i] = (first ? 0 : before[3][i]) + before[0][i] * before[0][i];
      }
      kernels->probe(kSize, x[0].data(), x[1].data(), x[2].data(), x[3].data(), first, nullptr);
      ExpectArrays(x, expected, kernels->name);
    }
  }
}

TYPED_TEST(PassesTest, CurvedPassesAreThoseOfTheFormula) {
  using T = TypeParam;
  const std::vector<T> g = NumbersOf<T>(kRows, 3);
  for (const KernelTable<T>* kernels : SupportedElementwise<T>()) {
    const Arrays<T> before = Some<T>(6);
    Arrays<T> x = before, expected = before;  // z, d1, d2, squares, qd2, e
    for (int64_t i = 0; i < kSize; ++i) {
      const T of_row = g[i / kWidth];
      expected[0][i] = before[0][i] * before[1][i] + of_row * before[2][i] * before[3][i];
      expected[5][i] = before[4][i] * before[0][i] + of_row * before[5][i] * before[3][i];
    }
    kernels->tangent_curved(kRows, kWidth, g.data(), x[0].data(), x[1].data(), x[2].data(), x[3].data(), x[4].data(),
                            x[5].data(), nullptr);
    ExpectArrays(x, expected, kernels->name);
    x = expected = before;  // r, x, d1, d2, qd2, kept
    for (int64_t i = 0; i < kSize; ++i) {
      expected[0][i] = before[0][i] + before[3][i] * before[5][i] * before[1][i];
      expected[1][i] = before[1][i] * before[2][i] + 2 * g[i / kWidth] * before[4][i] * before[5][i];
    }
    kernels->reverse_probe(kRows, kWidth, g.data(), x[0].data(), x[1].data(), x[2].data(), x[3].data(), x[4].data(),
                           x[5].data(), nullptr);
    ExpectArrays(x, expected, kernels->name);
  }
}

// What goes to `rounded` is the new value, and the old stays.
TYPED_TEST(PassesTest, RoundedPassesLeaveTheirNumbersAsTheyWere) {
  using T = TypeParam;
  for (const KernelTable<T>* kernels : SupportedElementwise<T>()) {
    const Arrays<T> before = Some<T>(3);
    Arrays<T> in_place = before, kept = before;
    std::vector<Bfloat16> rounded(kSize), expected(kSize);
    kernels->backward(kSize, in_place[0].data(), in_place[1].data(), in_place[2].data(), nullptr);
    kernels->round(kSize, in_place[0].data(), expected.data());
    kernels->backward(kSize, kept[0].data(), kept[1].data(), kept[2].data(), rounded.data());
    EXPECT_EQ(rounded, expected) << kernels->name;
    EXPECT_EQ(kept[0], before[0]) << kernels->name;
    EXPECT_EQ(kept[2], in_place[2]) << kernels->name;
  }
}

TYPED_TEST(PassesTest, AddAddsAndSquaresAddUp) {
  using T = TypeParam;
  for (const KernelTable<T>* kernels : SupportedElementwise<T>()) {
    const std::vector<T> x = Whole<T>(kSize, 1);
    std::vector<T> sum = Whole<T>(kSize, 2), expected = sum;
    double squares = 0;
    for (int64_t i = 0; i < kSize; ++i) {
      expected[i] += x[i];
      squares += static_cast<double>(x[i]) * x[i];
    }
    kernels->add(kSize, x.data(), sum.data());
    EXPECT_EQ(sum, expected) << kernels->name;
    EXPECT_EQ(kernels->squares(kSize, x.data()), squares) << kernels->name;
  }
}

// One step of Adam against the formula (Kingma & Ba, arXiv 1412.6980, algorithm 1), with decoupled decay.
TYPED_TEST(PassesTest, AdamIsThatOfTheFormula) {
  using T = TypeParam;
  for (const KernelTable<T>* kernels : SupportedElementwise<T>()) {
    const std::vector<double> g = Numbers(kWidth, 2), start = Numbers(kWidth, 3);
    const std::vector<T> gradient(g.begin(), g.end());
    std::vector<T> w(start.begin(), start.end()), average = w, m(kWidth, T(0.5)), v(kWidth, T(0.25));
    AdamFactors<T> f{};
    f.clip = T(0.5);
    f.beta1 = T(0.9);
    f.beta2 = T(0.99);
    f.rate = T(0.01);
    f.correction2 = T(1.5);
    f.epsilon = T(1e-3);
    f.keep = T(0.98);
    f.average = T(0.25);
    kernels->adam(kWidth, f, gradient.data(), w.data(), m.data(), v.data(), average.data());
    for (int64_t i = 0; i < kWidth; ++i) {
      const double clipped = 0.5 * gradient[i];
      const double first = 0.9 * 0.5 + 0.1 * clipped;
      const double second = 0.99 * 0.25 + 0.01 * clipped * clipped;
      const double before = static_cast<T>(start[i]);
      const double after = 0.98 * before - 0.01 * first / (std::sqrt(1.5 * second) + 1e-3);
      EXPECT_NEAR(w[i], after, 1e-6) << kernels->name;
      EXPECT_NEAR(m[i], first, 1e-6);
      EXPECT_NEAR(v[i], second, 1e-6);
      EXPECT_NEAR(average[i], before + 0.25 * (after - before), 1e-6);
    }
    double squares = 0;
    for (const T value : gradient) squares += static_cast<double>(value) * value;
    EXPECT_NEAR(kernels->squares(kWidth, gradient.data()), squares, 1e-12 * squares);
  }
}

}  // namespace
}  // namespace actionmatch
