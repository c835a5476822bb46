#include "core/kernels/kernels.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "core/random.h"

namespace actionmatch {
namespace {

using Kind = ActivationKind;

std::vector<double> Numbers(size_t count, uint64_t seed, double size = 1) {
  Random random(seed, RandomStream::kSimulate);
  std::vector<double> values;
  for (size_t i = 0; i < count; ++i) values.push_back(size * random.Normal());
  return values;
}

// Their sums and products are exact.
template <typename T>
std::vector<T> Whole(int64_t count, uint64_t seed) {
  std::vector<T> values;
  for (const double value : Numbers(static_cast<size_t>(count), seed, 4)) values.push_back(std::round(value));
  return values;
}

double Phi(Kind kind, double a) {
  switch (kind) {
    case Kind::kSilu:
      return a / (1 + std::exp(-a));
    case Kind::kSoftplus:
      return std::max(a, 0.0) + std::log1p(std::exp(-std::abs(a)));
    case Kind::kTanh:
      return std::tanh(a);
  }
  return 0;
}

// Widths that fill no vector, and a bias.
constexpr int64_t kRows = 7;
constexpr int64_t kWidth = 37;

template <typename T>
class ElementwiseTest : public testing::Test {};
using Types = testing::Types<float, double>;
TYPED_TEST_SUITE(ElementwiseTest, Types);

// Each derivative against differences of the one before it, from tiny to saturated arguments, in each instruction set.
TYPED_TEST(ElementwiseTest, ActivationsAndTheirDerivativesAreThoseOfTheFormula) {
  using T = TypeParam;
  for (const ElementwiseKernels<T>* kernels : SupportedElementwise<T>()) {
    for (const Kind kind : {Kind::kSilu, Kind::kSoftplus, Kind::kTanh}) {
      const std::vector<double> numbers = Numbers(kRows * kWidth, 1, 4);
      std::vector<T> x(numbers.begin(), numbers.end());
      x[0] = 0;
      x[1] = 60;
      x[2] = -60;
      x[3] = static_cast<T>(1e-6);
      const std::vector<T> a = x;
      const std::vector<T> bias(kWidth, static_cast<T>(0.25));
      std::vector<T> d1(x.size()), d2(x.size()), d3(x.size());
      kernels->activate(kind, kRows, kWidth, bias.data(), x.data(), d1.data(), d2.data(), d3.data(), nullptr);
      const double tolerance = sizeof(T) == 4 ? 1e-6 : 1e-14;
      for (size_t i = 0; i < x.size(); ++i) {
        const double at = static_cast<double>(a[i]) + 0.25;
        const double value = Phi(kind, at);
        EXPECT_NEAR(x[i], value, tolerance * (1 + std::abs(value))) << kernels->name << " at " << at;
        const auto difference = [&](double h, int order) {
          if (order == 1) return (Phi(kind, at + h) - Phi(kind, at - h)) / (2 * h);
          if (order == 2) return (Phi(kind, at + h) - 2 * Phi(kind, at) + Phi(kind, at - h)) / (h * h);
          return (Phi(kind, at + 2 * h) - 2 * Phi(kind, at + h) + 2 * Phi(kind, at - h) - Phi(kind, at - 2 * h)) /
                 (2 * h * h * h);
        };
        EXPECT_NEAR(d1[i], difference(1e-5, 1), 1e-6) << kernels->name << " at " << at;
        EXPECT_NEAR(d2[i], difference(1e-4, 2), 1e-5) << kernels->name << " at " << at;
        EXPECT_NEAR(d3[i], difference(1e-3, 3), 1e-4) << kernels->name << " at " << at;
      }
    }
  }
}

// One step of Adam against the formula (Kingma & Ba, arXiv 1412.6980, algorithm 1), with decoupled decay.
TYPED_TEST(ElementwiseTest, AdamIsThatOfTheFormula) {
  using T = TypeParam;
  for (const ElementwiseKernels<T>* kernels : SupportedElementwise<T>()) {
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

// In each instruction set, for all numbers of columns, with and without a rest of vectors and of rows; a row's answer
// does not depend on how many others there are.
TYPED_TEST(ElementwiseTest, NarrowProductsAreTheSumsOfTheirDefinition) {
  using T = TypeParam;
  constexpr int64_t kMost = 64;
  const std::vector<double> numbers = Numbers(kRows * kMost, 4), matrix = Numbers(kMostNarrowColumns * kMost, 5);
  const std::vector<T> a(numbers.begin(), numbers.end()), b(matrix.begin(), matrix.end());
  for (const ElementwiseKernels<T>* kernels : SupportedElementwise<T>()) {
    for (int columns = 1; columns <= kMostNarrowColumns; ++columns) {
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

// In each instruction set, with and without a rest of vectors, blocks and chunks: whole numbers, so that sums are
// exact.
TYPED_TEST(ElementwiseTest, OuterProductsAreTheSumsOfTheirDefinition) {
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
        for (const ElementwiseKernels<T>* kernels : SupportedElementwise<T>()) {
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

// As above, with the matrix from rows or from columns.
TYPED_TEST(ElementwiseTest, ProductsWithPanelsAreTheSumsOfTheirDefinition) {
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
        for (const ElementwiseKernels<T>* kernels : SupportedElementwise<T>()) {
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
TYPED_TEST(ElementwiseTest, RowsOfAProductWithPanelsDoNotDependOnEachOther) {
  using T = TypeParam;
  constexpr int64_t kMost = 23, kColumns = 70, kTerms = 301;
  std::vector<T> a, b;
  for (const double value : Numbers(kMost * kTerms, 6, 4)) a.push_back(static_cast<T>(value));
  for (const double value : Numbers(kTerms * kColumns, 7, 4)) b.push_back(static_cast<T>(value));
  for (const ElementwiseKernels<T>* kernels : SupportedElementwise<T>()) {
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

// However small: softplus' first derivative is e^a there.
TYPED_TEST(ElementwiseTest, TailsKeepTheirRelativePrecision) {
  using T = TypeParam;
  const std::vector<T> bias(kWidth, T(0));
  for (const ElementwiseKernels<T>* kernels : SupportedElementwise<T>()) {
    std::vector<T> x;
    for (int64_t i = 0; i < kRows * kWidth; ++i) x.push_back(static_cast<T>(-0.3 * static_cast<double>(i)));
    const std::vector<T> a = x;
    std::vector<T> d1(x.size());
    kernels->activate(Kind::kSoftplus, kRows, kWidth, bias.data(), x.data(), d1.data(), nullptr, nullptr, nullptr);
    for (size_t i = 0; i < a.size() && a[i] > -80; ++i) {
      const double expected = 1 / (1 + std::exp(-static_cast<double>(a[i])));
      EXPECT_NEAR(d1[i] / expected, 1, sizeof(T) == 4 ? 5e-7 : 1e-14) << kernels->name << " at " << a[i];
    }
  }
}

TEST(ElementwiseSetsTest, TheBaselineIsAlwaysThere) {
  EXPECT_STREQ(SupportedElementwise<float>().back()->name, "baseline");
  EXPECT_EQ(SupportedElementwise<float>().front(), &Elementwise<float>());
}

}  // namespace
}  // namespace actionmatch
