#include "core/trajectory/brownian_path.h"

#include <gtest/gtest.h>

#include <cmath>

namespace actionmatch {
namespace {

constexpr int64_t kRows = 4000;

double Covariance(const std::vector<double>& a, const std::vector<double>& b) {
  double sum = 0;
  for (size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum / static_cast<double>(a.size());
}

// cov(W_s, W_t) = min(s, t), at times asked for within the step and at its end.
TEST(BrownianPathTest, ItHasTheCovarianceOfBrownianMotion) {
  constexpr double kLength = 0.7;
  BrownianPath path(3, 0, kRows, 2);
  path.Step(5, kLength);
  std::vector<std::vector<double>> values;
  const std::vector<double> shares = {0.2, 0.55, 0.9, 1};
  for (const double share : shares) values.push_back(share < 1 ? path.At(share) : path.End());
  for (size_t i = 0; i < shares.size(); ++i) {
    for (size_t j = 0; j <= i; ++j) {
      EXPECT_NEAR(Covariance(values[i], values[j]), kLength * shares[j], 5 * kLength * std::sqrt(2.0 / (2 * kRows)));
    }
  }
}

TEST(BrownianPathTest, StepsShareNoNoise) {
  BrownianPath path(3, 0, kRows, 1);
  path.Step(0, 1);
  const std::vector<double> first = path.End();
  path.Step(1, 1);
  EXPECT_NEAR(Covariance(first, path.End()), 0, 5 / std::sqrt(kRows));
}

TEST(BrownianPathTest, ValuesWithinAStepDoNotChangeItsEndNorTheNextStep) {
  BrownianPath asked(3, 0, 10, 2), plain(3, 0, 10, 2);
  for (int64_t step = 0; step < 3; ++step) {
    asked.Step(step, 0.1);
    plain.Step(step, 0.1);
    asked.At(0.25);
    asked.At(0.5);
    EXPECT_EQ(asked.End(), plain.End()) << step;
  }
}

TEST(BrownianPathTest, ARowIsAFunctionOfItsNumberAndTheSeed) {
  BrownianPath all(3, 0, 10, 1), tail(3, 6, 4, 1), other(4, 0, 10, 1);
  for (BrownianPath* path : {&all, &tail, &other}) path->Step(2, 1);
  EXPECT_EQ(tail.End(), std::vector<double>(all.End().begin() + 6, all.End().end()));
  EXPECT_NE(all.End(), other.End());
}

}  // namespace
}  // namespace actionmatch
