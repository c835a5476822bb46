#include "core/transport/unbalanced_transport.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <vector>

#include "core/random.h"
#include "core/transport/exact_transport.h"
#include "core/transport/log_sum_exp.h"
#include "tests/core/transport/cloud.h"

namespace actionmatch {
namespace {

struct Problem {
  int64_t n;
  int64_t m;
  double shift;
  double start_mass;
  double end_mass;
  UnbalancedProblem of;
  int block_points = 3000;
};

class UnbalancedTest : public testing::TestWithParam<Problem> {};

// Whatever the plan: both ends have their exact marginals, no row is lost, and weights are bounded.
TEST_P(UnbalancedTest, EndsAreExactAndWeightsBounded) {
  const Problem& p = GetParam();
  const Points x = Cloud(p.n, 2, 1);
  Points y = Cloud(p.m, 2, 2, p.shift);
  y.row(0)[0] = 100;  // so far from all others that no mass would go there
  std::vector<double> a(static_cast<size_t>(p.n), 1.0), b(static_cast<size_t>(p.m), 1.0);
  a[3] = 5;
  a[4] = 0;
  const auto plan = UnbalancedTransport({x, a, p.start_mass}, {y, b, p.end_mass}, p.of, {p.block_points, 1, 0, {}});
  ASSERT_TRUE(plan.ok()) << plan.status();
  std::vector<double> start(a.size(), 0.0), end(b.size(), 0.0);
  double density = 0;
  const double most = 2 * std::max(p.start_mass, p.end_mass) * (1 + 1e-5);
  for (size_t e = 0; e < plan->from.size(); ++e) {
    density += plan->density[e];
    start[plan->from[e]] += plan->density[e] * std::exp(plan->log_start[e]);
    end[plan->to[e]] += plan->density[e] * std::exp(plan->log_end[e]);
    EXPECT_LE(std::exp(plan->log_start[e]), most);
    EXPECT_LE(std::exp(plan->log_end[e]), most);
  }
  EXPECT_NEAR(density, 1, 1e-9);
  const double total = static_cast<double>(p.n) + 3;
  for (size_t i = 0; i < a.size(); ++i) EXPECT_NEAR(start[i], p.start_mass * a[i] / total, 1e-5 / total);
  for (size_t j = 0; j < b.size(); ++j) {
    EXPECT_NEAR(end[j], p.end_mass / static_cast<double>(p.m), 1e-5 / static_cast<double>(p.m));
  }
  EXPECT_LT(plan->from.size(), static_cast<size_t>(p.n * p.m));
  EXPECT_LE(plan->from.size(), static_cast<size_t>(kPlanEntries * (p.n + p.m)));
}

INSTANTIATE_TEST_SUITE_P(Problems, UnbalancedTest,
                         testing::Values(Problem{80, 120, 0.5, 1, 2, {1, 0.02, 1}},
                                         Problem{80, 120, 0.5, 1, 0.3, {0.1, 0.02, 1}},
                                         Problem{50, 40, 2, 1, 1, {4, 0.0005, 1}},
                                         Problem{50, 40, 2, 3, 1, {1, 0.02, 7}},
                                         Problem{300, 200, 1, 1, 2, {1, 0.02, 1}, 100},
                                         Problem{600, 500, 0.5, 1, 2, {1, 1, 1}}));  // dense, were it not cut

// Points that all lie in one place: every entry of the plan is as large as every other.
TEST(UnbalancedTransportTest, EqualEntriesAreCutWithoutFavour) {
  const Points x{1, std::vector<double>(400, 0.0)};
  const auto plan = UnbalancedTransport({x, {}, 1}, {x, {}, 2}, {1, 0.02, 1}, {});
  ASSERT_TRUE(plan.ok());
  EXPECT_LE(plan->from.size(), static_cast<size_t>(kPlanEntries * 800));
  std::vector<double> start(400, 0.0), end(400, 0.0);
  std::vector<int> partners(400, 0);
  for (size_t e = 0; e < plan->from.size(); ++e) {
    start[plan->from[e]] += plan->density[e] * std::exp(plan->log_start[e]);
    end[plan->to[e]] += plan->density[e] * std::exp(plan->log_end[e]);
    partners[plan->to[e]] += 1;
  }
  for (size_t i = 0; i < 400; ++i) {
    EXPECT_NEAR(start[i], 1.0 / 400, 1e-6);
    EXPECT_NEAR(end[i], 2.0 / 400, 1e-6);
    EXPECT_NEAR(partners[i], 256, 16);
  }
}

// A Sinkhorn run of many seconds says how far it is, and ends where it is told to.
TEST(UnbalancedTransportTest, ALongRunReportsProgressWithinABlockAndCanBeStopped) {
  const Points x = Cloud(1000, 2, 1), y = Cloud(1000, 2, 2, 3);
  std::vector<double> heard;
  TransportBlocks blocks;
  blocks.on_progress = [&](double fraction) {
    heard.push_back(fraction);
    return heard.size() == 3 ? absl::CancelledError("enough") : absl::OkStatus();
  };
  const auto plan = UnbalancedTransport({x, {}, 1}, {y, {}, 2}, {1, 1e-4, 1}, blocks);
  EXPECT_EQ(plan.status().code(), absl::StatusCode::kCancelled);
  ASSERT_EQ(heard.size(), 3u);
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_GT(heard[i], i == 0 ? 0 : heard[i - 1]);
    EXPECT_LT(heard[i], 1);
  }
}

// Two points far apart, at both times, whose masses change: nothing moves, each grows on its own.
TEST(UnbalancedTransportTest, FarClustersGrowWhereTheyAre) {
  const Points x{1, {-3, 3}};
  const auto plan = UnbalancedTransport({x, {0.5, 0.5}, 1}, {x, {0.25, 0.75}, 2}, {1, 0.02, 1}, {});
  ASSERT_TRUE(plan.ok());
  ASSERT_EQ(plan->from.size(), 2u);
  for (size_t e = 0; e < 2; ++e) {
    EXPECT_EQ(plan->from[e], plan->to[e]);
    // Masses .5 -> .5 and .5 -> 1.5.
    EXPECT_NEAR(plan->log_end[e] - plan->log_start[e], plan->from[e] == 0 ? 0 : std::log(3), 1e-5);
  }
}

// With equal masses and little room to grow, it is optimal transport.
TEST(UnbalancedTransportTest, WithoutGrowthItIsOptimalTransport) {
  const Points x = Cloud(60, 2, 1), y = Cloud(60, 2, 2, 0.5);
  const auto exact = ExactTransport(x, {}, y, {}, 2);
  const auto plan = UnbalancedTransport({x, {}, 1}, {y, {}, 1}, {1e-3, 0.002, 1}, {});
  ASSERT_TRUE(exact.ok() && plan.ok());
  double cost = 0;
  for (size_t e = 0; e < plan->from.size(); ++e) {
    double squares = 0;
    for (int64_t d = 0; d < 2; ++d) squares += std::pow(x.row(plan->from[e])[d] - y.row(plan->to[e])[d], 2);
    cost += plan->density[e] * squares;
    EXPECT_NEAR(plan->log_start[e], plan->log_end[e], 0.05);
  }
  EXPECT_NEAR(cost / exact->cost, 1, 0.02);
}

TEST(UnbalancedTransportTest, AMassThatIsNotPositiveAndFiniteIsRefused) {
  const Points x = Cloud(5, 2, 1);
  for (const double mass : {0.0, -1.0, std::nan(""), HUGE_VAL}) {
    for (const auto& [start, end] : {std::pair{mass, 1.0}, {1.0, mass}}) {
      EXPECT_EQ(UnbalancedTransport({x, {}, start}, {x, {}, end}, {}, {}).status().code(),
                absl::StatusCode::kInvalidArgument);
    }
  }
}

TEST(LogSumExpTest, AgreesWithTheDirectSum) {
  Random random(1, RandomStream::kSimulate);
  for (size_t n : {1U, 7U, 64U, 1001U}) {
    std::vector<float> height(n), cost(n);
    for (size_t j = 0; j < n; ++j) {
      height[j] = static_cast<float>(random.Normal());
      cost[j] = static_cast<float>(3 * random.Uniform());
    }
    for (double eps : {1.0, 0.1, 0.01}) {
      double largest = -1e300, sum = 0;
      for (size_t j = 0; j < n; ++j) largest = std::max(largest, height[j] - cost[j] / eps);
      for (size_t j = 0; j < n; ++j) sum += std::exp(height[j] - cost[j] / eps - largest);
      EXPECT_NEAR(LogSumExp(height, cost, static_cast<float>(1 / eps)), largest + std::log(sum),
                  1e-4 / eps * 0.1 + 1e-5);
    }
  }
}

}  // namespace
}  // namespace actionmatch
