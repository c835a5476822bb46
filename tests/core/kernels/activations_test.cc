// The activations and their derivatives in each instruction set.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/kernels/kernels.h"
#include "tests/core/support/kernel_numbers.h"

namespace actionmatch {
namespace {

using Kind = ActivationKind;

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

template <typename T>
class ActivationsTest : public testing::Test {};
TYPED_TEST_SUITE(ActivationsTest, FloatTypes);

// Each derivative against differences of the one before it, from tiny to saturated arguments, in each instruction set.
TYPED_TEST(ActivationsTest, ActivationsAndTheirDerivativesAreThoseOfTheFormula) {
  using T = TypeParam;
  for (const KernelTable<T>* kernels : SupportedElementwise<T>()) {
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

// However small: softplus' first derivative is e^a there.
TYPED_TEST(ActivationsTest, TailsKeepTheirRelativePrecision) {
  using T = TypeParam;
  const std::vector<T> bias(kWidth, T(0));
  for (const KernelTable<T>* kernels : SupportedElementwise<T>()) {
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

}  // namespace
}  // namespace actionmatch
