#include "core/path/time_sampler.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace actionmatch {
namespace {

// Star discrepancy of one-dimensional points, from the sorted sample.
double Discrepancy(std::vector<double> u) {
  std::sort(u.begin(), u.end());
  const auto n = static_cast<double>(u.size());
  double worst = 0;
  for (size_t i = 0; i < u.size(); ++i) {
    worst =
        std::max({worst, std::abs(u[i] - static_cast<double>(i) / n), std::abs(u[i] - static_cast<double>(i + 1) / n)});
  }
  return worst;
}

using Times = TrainingSpec::Times;

TEST(TimeLawTest, TimesOfSuccessiveStepsFillTheGapsOfEarlierOnes) {
  const TimeSampler law(Times::kStratified, 1, {0, 1});
  std::vector<double> many;
  for (int step = 0; step < 64; ++step) {
    const std::vector<IntervalTimes> times = law.Draw(5, step, 16, false);
    many.insert(many.end(), times[0].u.begin(), times[0].u.end());
  }
  EXPECT_LT(Discrepancy(many), Discrepancy(law.Draw(5, 0, 16, false)[0].u) / 8);
  EXPECT_LT(Discrepancy(many), 0.01);  // 1024 independent draws: about 0.04
}

// Under every law, the weighted mean over all samples of many steps is the integral over [0, 1].
class TimeLawKindTest : public testing::TestWithParam<Times> {};

double Integral(const TimeSampler& law, const std::vector<double>& knots, int steps, bool paired) {
  double sum = 0, count = 0;
  for (int step = 0; step < steps; ++step) {
    const std::vector<IntervalTimes> times = law.Draw(3, step, 24, paired);
    for (size_t k = 0; k < times.size(); ++k) {
      for (size_t i = 0; i < times[k].u.size(); ++i) {
        const double tau = knots[k] + times[k].u[i] * (knots[k + 1] - knots[k]);
        sum += times[k].loss_factor[i] * std::exp(tau);
        count += 1;
        if (paired && i % 2 == 1) {
          EXPECT_EQ(times[k].u[i], times[k].u[i - 1]);
        }
      }
    }
  }
  EXPECT_EQ(count, steps * 24.0 * static_cast<double>(knots.size() - 1));
  return sum / count;
}

TEST_P(TimeLawKindTest, WeightedMeansAreIntegrals) {
  const std::vector<double> knots = {0, 0.2, 0.5, 1};
  TimeSampler law(GetParam(), 4, knots);
  EXPECT_NEAR(Integral(law, knots, 200, false), std::exp(1) - 1, 2e-3);
  EXPECT_NEAR(Integral(law, knots, 200, true), std::exp(1) - 1, 2e-3);
  // Whatever an adaptive law has learned.
  for (int step = 0; step < 100; ++step) {
    std::vector<float> tau, interior;
    for (int i = 0; i < 64; ++i) {
      tau.push_back(static_cast<float>(i) / 64);
      interior.push_back((step % 2 == 0 ? 1.0F : -1.0F) * (tau.back() > 0.7F ? 10.0F : 1.0F));
    }
    law.Update(tau, interior);
  }
  EXPECT_NEAR(Integral(law, knots, 200, true), std::exp(1) - 1, 2e-3);
  if (GetParam() != Times::kAdaptive) return;
  EXPECT_GT(law.Density(0.9), 5 * law.Density(0.3));
  TimeSampler restored(GetParam(), 4, knots);
  ASSERT_TRUE(restored.Restore(law.state()));
  EXPECT_EQ(restored.Density(0.63), law.Density(0.63));
  EXPECT_FALSE(restored.Restore({1, 2}));
}

INSTANTIATE_TEST_SUITE_P(Kinds, TimeLawKindTest,
                         testing::Values(Times::kStratified, Times::kAdaptive, Times::kGaussLegendre));

TEST(GaussLegendreTest, PolynomialsUpToTwiceTheNodesAreExact) {
  for (int n : {1, 2, 5, 16, 32}) {
    const QuadratureRule rule = GaussLegendre(n);
    for (int power = 0; power < 2 * n; ++power) {
      double sum = 0;
      for (int i = 0; i < n; ++i) sum += rule.weights[i] * std::pow(rule.nodes[i], power);
      EXPECT_NEAR(sum, 1.0 / (power + 1), 1e-13) << n << " nodes, power " << power;
    }
  }
}

}  // namespace
}  // namespace actionmatch
