#include "core/path/discrete.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace actionmatch {
namespace {

// Equal masses, none here and there, some far heavier than all others, at either end too.
TEST(DiscreteTest, EachDrawIsWhereTheCumulativeMassPassesItsPosition) {
  Random random(3, RandomStream::kSimulate);
  for (const int size : {1, 2, 3, 17, 1000}) {
    for (int kind = 0; kind < 5; ++kind) {
      std::vector<double> mass(size, 1.0);
      for (double& m : mass) {
        if (kind == 1) m = std::floor(3 * random.Uniform());
        if (kind == 2) m = std::exp(20 * random.Uniform());
      }
      if (kind == 3) mass.front() = 1e6;
      if (kind == 4) mass.back() = 1e6;
      mass[static_cast<size_t>(size) / 2] += 1;
      double sum = 0;
      std::vector<double> cumulative;
      for (const double m : mass) cumulative.push_back(sum += m);
      for (const int64_t n : {1, 2, 7, 500, 3000}) {
        Random draws(5, RandomStream::kPairs, static_cast<uint64_t>(n));
        const double offset = Random(5, RandomStream::kPairs, static_cast<uint64_t>(n)).Uniform();
        std::vector<int32_t> indices;
        Discrete(mass).Draw(n, draws, &indices);
        std::sort(indices.begin(), indices.end());
        for (int64_t i = 0; i < n; ++i) {
          const double position = (static_cast<double>(i) + offset) / static_cast<double>(n);
          size_t expected = 0;
          while (expected + 1 < mass.size() && cumulative[expected] / sum <= position) ++expected;
          ASSERT_EQ(static_cast<size_t>(indices[i]), expected) << size << " of kind " << kind << ", draw " << i;
        }
      }
    }
  }
}

TEST(DiscreteTest, SharesAreThoseOfTheMass) {
  const Discrete discrete({1, 0, 3, 4});
  EXPECT_EQ(discrete.Share(0), 0.125);
  EXPECT_EQ(discrete.Share(1), 0);
  EXPECT_EQ(discrete.Share(2), 0.375);
  EXPECT_EQ(discrete.Share(3), 0.5);
}

// A draw tells nothing of its place among the draws: all orders are equally likely.
TEST(DiscreteTest, DrawsHaveNoOrder) {
  constexpr int kDraws = 8;
  const Discrete discrete(std::vector<double>(kDraws, 1.0));
  double sum = 0;
  constexpr int kTimes = 4000;
  for (int time = 0; time < kTimes; ++time) {
    Random random(9, RandomStream::kPairs, static_cast<uint64_t>(time));
    std::vector<int32_t> indices;
    discrete.Draw(kDraws, random, &indices);
    sum += indices.front();
  }
  EXPECT_NEAR(sum / kTimes, (kDraws - 1) / 2.0, 5 * 2.3 / std::sqrt(kTimes));
}

}  // namespace
}  // namespace actionmatch
