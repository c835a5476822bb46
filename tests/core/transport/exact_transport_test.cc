#include "core/transport/exact_transport.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <tuple>

#include "core/metrics/distances.h"
#include "tests/core/transport/cloud.h"

namespace actionmatch {
namespace {

double Cost(absl::Span<const double> a, absl::Span<const double> b, double power) {
  double squares = 0;
  for (size_t d = 0; d < a.size(); ++d) squares += (a[d] - b[d]) * (a[d] - b[d]);
  return std::pow(squares, power / 2);
}

double BruteForce(const Points& x, const Points& y, double power) {
  std::vector<int64_t> order(static_cast<size_t>(x.count()));
  std::iota(order.begin(), order.end(), 0);
  double best = 1e300;
  do {
    double cost = 0;
    for (int64_t i = 0; i < x.count(); ++i) cost += Cost(x.row(i), y.row(order[i]), power);
    best = std::min(best, cost / static_cast<double>(x.count()));
  } while (std::next_permutation(order.begin(), order.end()));
  return best;
}

// Marginals of a plan against weights.
void ExpectMarginals(const TransportPlan& plan, std::vector<double> a, std::vector<double> b, double tolerance) {
  const double sum_a = std::accumulate(a.begin(), a.end(), 0.0);
  const double sum_b = std::accumulate(b.begin(), b.end(), 0.0);
  for (double& w : a) w /= sum_a;
  for (double& w : b) w /= sum_b;
  for (size_t e = 0; e < plan.mass.size(); ++e) {
    EXPECT_GT(plan.mass[e], 0);
    a[plan.from[e]] -= plan.mass[e];
    b[plan.to[e]] -= plan.mass[e];
  }
  for (double left : a) EXPECT_NEAR(left, 0, tolerance);
  for (double left : b) EXPECT_NEAR(left, 0, tolerance);
}

TEST(TransportTest, AgreesWithTheBestOfAllAssignments) {
  for (const double power : {1.0, 1.5, 2.0}) {
    for (uint64_t seed = 0; seed < 20; ++seed) {
      const int64_t n = 1 + static_cast<int64_t>(seed % 7);
      const Points x = Cloud(n, 3, seed);
      const Points y = Cloud(n, 3, seed + 100);
      const auto plan = ExactTransport(x, {}, y, {}, power);
      ASSERT_TRUE(plan.ok()) << plan.status();
      EXPECT_NEAR(plan->cost, BruteForce(x, y, power), plan->error_bound + 1e-12);
      EXPECT_LT(plan->error_bound, 1e-7);
    }
  }
}

TEST(TransportTest, AWeightIsWorthThatManyCopies) {
  const Points x = Cloud(5, 2, 1);
  const Points y = Cloud(4, 2, 2);
  const std::vector<double> a = {1, 3, 0, 2, 2};
  Points copies{2, {}};
  for (int64_t i = 0; i < 5; ++i) {
    for (int c = 0; c < static_cast<int>(a[i]); ++c) copies.Append(x.row(i));
  }
  const auto weighted = ExactTransport(x, a, y, {}, 1);
  const auto copied = ExactTransport(copies, {}, y, {}, 1);
  ASSERT_TRUE(weighted.ok() && copied.ok());
  EXPECT_NEAR(weighted->cost, copied->cost, 1e-7);
  ExpectMarginals(*weighted, a, {1, 1, 1, 1}, 1e-11);
}

TEST(TransportTest, OrderOfPointsDoesNotMatterAndTranslationMovesByItsLength) {
  const Points x = Cloud(60, 3, 3);
  Points reversed{3, {}};
  Points moved{3, {}};
  for (int64_t i = 0; i < 60; ++i) {
    reversed.Append(x.row(59 - i));
    moved.Append({x.row(i)[0] + 3, x.row(i)[1], x.row(i)[2] + 4});
  }
  const auto expect = [](const absl::StatusOr<ExactDistance>& distance, double exact) {
    ASSERT_TRUE(distance.ok()) << distance.status();
    EXPECT_NEAR(distance->value, exact, distance->error_bound + 1e-12);
    EXPECT_GT(distance->error_bound, 0);
    EXPECT_LT(distance->error_bound, exact == 0 ? 1e-3 : 1e-7);
  };
  expect(Wasserstein1({x, {}}, {reversed, {}}), 0);
  expect(Wasserstein2({x, {}}, {reversed, {}}), 0);
  expect(Wasserstein1({x, {}}, {moved, {}}), 5);
  expect(Wasserstein2({x, {}}, {moved, {}}), 5);
}

TEST(TransportTest, SidesOfDifferentSizeKeepTheirMarginals) {
  const auto plan = ExactTransport(Cloud(7, 2, 4), {}, Cloud(11, 2, 5), {}, 2);
  ASSERT_TRUE(plan.ok());
  ExpectMarginals(*plan, std::vector<double>(7, 1), std::vector<double>(11, 1), 1e-12);
}

TEST(TransportTest, BlocksKeepTheMarginalsAndCostLittleMore) {
  const Points x = Cloud(500, 2, 6);
  const Points y = Cloud(330, 2, 7, 1.0);
  std::vector<double> weights(500, 1.0);
  weights[3] = 20;
  const auto exact = ExactTransport(x, weights, y, {}, 2);
  double last = 0;
  const auto blocks = BlockTransport(x, weights, y, {}, 2, {128, 1, 0, [&](double fraction) {
                                                              EXPECT_GT(fraction, last);
                                                              last = fraction;
                                                              return absl::OkStatus();
                                                            }});
  ASSERT_TRUE(exact.ok() && blocks.ok()) << blocks.status();
  EXPECT_EQ(last, 1);
  ExpectMarginals(*blocks, weights, std::vector<double>(330, 1), 1e-9);
  EXPECT_GE(blocks->cost, exact->cost - 1e-9);
  EXPECT_LT(blocks->cost, 1.2 * exact->cost);
}

// Moving a cloud adds the same to the squared cost of every coupling.
TEST(TransportTest, BlocksCostAsMuchMoreHoweverFarTheCloudsAreApart) {
  const Points y = Cloud(600, 3, 11);
  const auto excess = [&](double shift) {
    const Points x = Cloud(600, 3, 10, shift);
    const auto exact = ExactTransport(x, {}, y, {}, 2);
    const auto blocks = BlockTransport(x, {}, y, {}, 2, {150, 1, 0, {}});
    return exact.ok() && blocks.ok() ? blocks->cost - exact->cost : NAN;
  };
  const double near = excess(0);
  EXPECT_GT(near, 0.01);
  EXPECT_NEAR(excess(5), near, 1e-5);
}

// A heavy point takes up most blocks, and leaves all light ones to the others: those are cut once more.
TEST(TransportTest, NoBlockHasManyPointsWhateverTheWeights) {
  constexpr int64_t kCount = 20000;
  const Points x = Cloud(kCount, 1, 8);
  const Points y = Cloud(3000, 1, 9);
  std::vector<double> weights(kCount, 1.0);
  weights[1234] = 1e6;
  weights[77] = 0;
  std::vector<double> left = weights, left_y(3000, 1.0);
  double shares = 0;
  const auto couple = [&](const Block& a, const Block& b, double share, const BlockProgress&) {
    shares += share;
    for (const auto& [block, total, of] : {std::tuple{&a, 1e6 + kCount - 2, &left}, {&b, 3000.0, &left_y}}) {
      EXPECT_LE(block->points.count(), 200);
      EXPECT_GE(block->points.count(), 1);
      EXPECT_NEAR(std::accumulate(block->weights.begin(), block->weights.end(), 0.0) / total, share, 1e-9 * share);
      for (size_t i = 0; i < block->index.size(); ++i) (*of)[block->index[i]] -= block->weights[i];
    }
    return absl::OkStatus();
  };
  ASSERT_TRUE(ForEachBlock(x, weights, y, {}, {100, 1, 0, {}}, couple).ok());
  EXPECT_NEAR(shares, 1, 1e-9);
  for (const double rest : left) EXPECT_NEAR(rest, 0, 1e-6);
  for (const double rest : left_y) EXPECT_NEAR(rest, 0, 1e-9);
}

TEST(TransportTest, ProgressCanEndTheWork) {
  const auto plan = BlockTransport(Cloud(300, 2, 1), {}, Cloud(300, 2, 2), {}, 2,
                                   {100, 1, 0, [](double) { return absl::CancelledError("stop"); }});
  EXPECT_EQ(plan.status().code(), absl::StatusCode::kCancelled);
}

TEST(TransportTest, DistancesOfAnySize) {
  const Points x = Cloud(50, 2, 1);
  const Points y = Cloud(50, 2, 2);
  const auto cost_in = [&](double unit) {
    Points scaled_x = x, scaled_y = y;
    for (double& value : scaled_x.values) value *= unit;
    for (double& value : scaled_y.values) value *= unit;
    const auto plan = ExactTransport(scaled_x, {}, scaled_y, {}, 1);
    return plan.ok() ? plan->cost / unit : NAN;
  };
  const double cost = cost_in(1);
  EXPECT_NEAR(cost_in(0x1p-500), cost, 1e-7);
  EXPECT_NEAR(cost_in(0x1p500), cost, 1e-7);
  const auto zero = ExactTransport(x, {}, x, {}, 2);
  ASSERT_TRUE(zero.ok());
  EXPECT_EQ(zero->cost, 0);
  const auto denormal = ExactTransport(Points{1, {0, 1e-310}}, {}, Points{1, {1e-310, 3e-310}}, {}, 1);
  ASSERT_TRUE(denormal.ok());
  EXPECT_LT(denormal->cost, 1e-300);
}

TEST(TransportTest, BadInputIsNamed) {
  for (const double bad : {1e300, HUGE_VAL, std::nan("")}) {
    for (const int64_t where : {0, 1, 2}) {
      Points x = Cloud(3, 1, 1);
      x.values[where] = bad;
      EXPECT_EQ(ExactTransport(x, {}, Cloud(3, 1, 2), {}, 2).status(), DistanceNotFinite());
      EXPECT_EQ(ExactTransport(Cloud(3, 1, 2), {}, x, {}, 2).status(), DistanceNotFinite());
    }
  }
  EXPECT_EQ(ExactTransport(Cloud(2, 2, 1), {}, Cloud(2, 3, 1), {}, 1).status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(ExactTransport(Points{2, {}}, {}, Cloud(2, 2, 1), {}, 1).status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(ExactTransport(Cloud(2, 2, 1), {0, 0}, Cloud(2, 2, 1), {}, 1).status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(ExactTransport(Cloud(9000, 1, 1), {}, Cloud(9000, 1, 1), {}, 1).status().code(),
            absl::StatusCode::kResourceExhausted);
}

}  // namespace
}  // namespace actionmatch
