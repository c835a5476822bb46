#include "core/elementwise.h"

#include <gtest/gtest.h>

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

TEST(ElementwiseSetsTest, TheBaselineIsAlwaysThere) {
  EXPECT_STREQ(SupportedElementwise<float>().back()->name, "baseline");
  EXPECT_EQ(SupportedElementwise<float>().front(), &Elementwise<float>());
}

}  // namespace
}  // namespace actionmatch
