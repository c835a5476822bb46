// Against all arcs by another algorithm, cost scaling, which shares nothing with the simplex but the problem.

#include "core/transport/network_simplex.h"

#include <gtest/gtest.h>
#include <lemon/cost_scaling.h>
#include <lemon/static_graph.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "tests/core/transport/cloud.h"

namespace actionmatch {
namespace {

using Sum = __int128;

std::vector<int64_t> Equal(int64_t count, int64_t amount) {
  return std::vector<int64_t>(static_cast<size_t>(count), amount);
}

// Random amounts of a given sum.
std::vector<int64_t> Unequal(int64_t count, int64_t sum, uint64_t seed) {
  Random random(seed, RandomStream::kSimulate);
  std::vector<int64_t> amounts = Equal(count, 1);
  int64_t left = sum - count;
  for (size_t i = 0; i + 1 < amounts.size(); ++i) {
    const auto most = static_cast<uint64_t>(2 * left / (count - static_cast<int64_t>(i)) + 1);
    const auto more = std::min<int64_t>(left, static_cast<int64_t>(random.Below(most)));
    amounts[i] += more;
    left -= more;
  }
  amounts.back() += left;
  return amounts;
}

IntegerTransport Between(const Points& x, const Points& y, std::vector<int64_t> supply, std::vector<int64_t> demand) {
  std::vector<double> costs;
  for (int64_t i = 0; i < x.count(); ++i) {
    for (int64_t j = 0; j < y.count(); ++j) costs.push_back(std::sqrt(SquaredDistance(x.row(i), y.row(j))));
  }
  const double largest = std::max(1e-300, *std::max_element(costs.begin(), costs.end()));
  IntegerTransport problem{std::move(supply), std::move(demand), {}};
  for (const double cost : costs) problem.cost.push_back(static_cast<int32_t>(cost / largest * 0x1p30));
  return problem;
}

Sum CostOf(const IntegerTransport& problem, const std::vector<IntegerFlow>& flows) {
  Sum cost = 0;
  for (const IntegerFlow& flow : flows) cost += static_cast<Sum>(flow.amount) * problem.row(flow.from)[flow.to];
  return cost;
}

std::vector<IntegerFlow> ByCostScaling(const IntegerTransport& problem) {
  using Graph = lemon::StaticDigraph;
  std::vector<std::pair<int, int>> ends;
  for (int i = 0; i < problem.n(); ++i) {
    for (int j = 0; j < problem.m(); ++j) ends.push_back({i, problem.n() + j});
  }
  Graph graph;
  graph.build(problem.n() + problem.m(), ends.begin(), ends.end());
  Graph::ArcMap<int64_t> costs(graph);
  for (size_t a = 0; a < ends.size(); ++a) costs[graph.arc(static_cast<int>(a))] = problem.cost[a];
  Graph::NodeMap<int64_t> supplies(graph);
  for (int i = 0; i < problem.n(); ++i) supplies[graph.node(i)] = problem.supply[i];
  for (int j = 0; j < problem.m(); ++j) supplies[graph.node(problem.n() + j)] = -problem.demand[j];
  lemon::CostScaling<Graph, int64_t, int64_t> scaling(graph);
  scaling.costMap(costs).supplyMap(supplies);
  EXPECT_EQ(scaling.run(), decltype(scaling)::OPTIMAL);
  std::vector<IntegerFlow> flows;
  for (size_t a = 0; a < ends.size(); ++a) {
    const int64_t amount = scaling.flow(graph.arc(static_cast<int>(a)));
    if (amount > 0) flows.push_back({ends[a].first, ends[a].second - problem.n(), amount});
  }
  return flows;
}

// A plan of the problem that costs as little as it can.
void ExpectOptimal(const IntegerTransport& problem, Sum least) {
  const absl::StatusOr<std::vector<IntegerFlow>> flows = SolveTransport(problem);
  ASSERT_TRUE(flows.ok()) << flows.status();
  EXPECT_LE(flows->size(), problem.supply.size() + problem.demand.size() - 1);
  std::vector<int64_t> supply = problem.supply, demand = problem.demand;
  std::pair<int32_t, int32_t> last{-1, -1};
  for (const IntegerFlow& flow : *flows) {
    EXPECT_GT(flow.amount, 0);
    EXPECT_LT(last, std::pair(flow.from, flow.to));
    last = {flow.from, flow.to};
    supply[flow.from] -= flow.amount;
    demand[flow.to] -= flow.amount;
  }
  EXPECT_EQ(supply, Equal(problem.n(), 0));
  EXPECT_EQ(demand, Equal(problem.m(), 0));
  EXPECT_TRUE(CostOf(problem, *flows) == least) << static_cast<double>(CostOf(problem, *flows) - least);
}

void ExpectOptimal(const IntegerTransport& problem) { ExpectOptimal(problem, CostOf(problem, ByCostScaling(problem))); }

Points Rounded(Points points) {
  for (double& value : points.values) value = std::round(value);
  return points;
}

Points Together(Points a, const Points& b) {
  a.values.insert(a.values.end(), b.values.begin(), b.values.end());
  return a;
}

TEST(TransportSimplexTest, CloudsApartAndOnEachOther) {
  for (const double shift : {0.0, 1.0, 10.0}) {
    for (const int64_t dimension : {1, 2, 10}) {
      SCOPED_TRACE(shift);
      SCOPED_TRACE(dimension);
      ExpectOptimal(Between(Cloud(400, dimension, 1), Cloud(400, dimension, 2, shift), Equal(400, 1), Equal(400, 1)));
    }
  }
}

TEST(TransportSimplexTest, SidesOfDifferentSizeAndWeight) {
  constexpr int64_t kSum = int64_t{1} << 40;
  const Points x = Cloud(350, 3, 3);
  const Points y = Cloud(500, 3, 4, 0.5);
  ExpectOptimal(Between(x, y, Equal(350, 10), Equal(500, 7)));
  ExpectOptimal(Between(x, y, Unequal(350, kSum, 1), Unequal(500, kSum, 2)));
  ExpectOptimal(Between(Cloud(3000, 3, 3), Cloud(40, 3, 4), Unequal(3000, kSum, 1), Unequal(40, kSum, 2)));
  ExpectOptimal(Between(Cloud(40, 3, 3), Cloud(3000, 3, 4), Unequal(40, kSum, 1), Unequal(3000, kSum, 2)));
  // So thin that all arcs are taken, at once or after some rounds.
  ExpectOptimal(Between(Cloud(10, 3, 3), Cloud(8000, 3, 4), Unequal(10, kSum, 1), Unequal(8000, kSum, 2)));
  ExpectOptimal(Between(Cloud(4000, 3, 3), Cloud(17, 3, 4), Unequal(4000, kSum, 1), Unequal(17, kSum, 2)));
  ExpectOptimal(Between(Cloud(1, 3, 3), Cloud(3000, 3, 4), Equal(1, kSum), Unequal(3000, kSum, 2)));
  std::vector<int64_t> heavy = Unequal(350, kSum / 1024, 3);
  heavy[17] += kSum - kSum / 1024;
  ExpectOptimal(Between(x, y, heavy, Unequal(500, kSum, 2)));
}

// On a line the plan that keeps the order is optimal, whatever the size: here smaller problems have smaller ones too.
TEST(TransportSimplexTest, OnALineOrderIsKept) {
  constexpr int64_t kSum = int64_t{1} << 40;
  for (const auto& [n, m] : {std::pair(2000, 2500), {1500, 1500}, {20000, 60}}) {
    Random random(static_cast<uint64_t>(n), RandomStream::kSimulate);
    IntegerTransport problem{Unequal(n, kSum, 1), Unequal(m, kSum, 2), {}};
    std::vector<std::pair<int32_t, int64_t>> x, y;
    for (const int64_t amount : problem.supply) x.push_back({static_cast<int32_t>(random.Below(1 << 30)), amount});
    for (const int64_t amount : problem.demand) y.push_back({static_cast<int32_t>(random.Below(1 << 30)), amount});
    for (const auto& from : x) {
      for (const auto& to : y) problem.cost.push_back(std::abs(from.first - to.first));
    }
    std::sort(x.begin(), x.end());
    std::sort(y.begin(), y.end());
    Sum least = 0;
    for (size_t i = 0, j = 0; i < x.size() && j < y.size();) {
      const int64_t amount = std::min(x[i].second, y[j].second);
      least += static_cast<Sum>(amount) * std::abs(x[i].first - y[j].first);
      x[i].second -= amount;
      y[j].second -= amount;
      if (x[i].second == 0) {
        ++i;
      } else {
        ++j;
      }
    }
    ExpectOptimal(problem, least);
  }
}

// Many arcs of equal cost, of which few are in the plan.
TEST(TransportSimplexTest, EqualPoints) {
  const Points lattice = Rounded(Cloud(500, 2, 5));
  ExpectOptimal(Between(lattice, Rounded(Cloud(500, 2, 6)), Equal(500, 1), Equal(500, 1)));
  ExpectOptimal(Between(lattice, lattice, Equal(500, 3), Unequal(500, 1500, 7)));
  const Points cloud = Cloud(400, 3, 8);
  ExpectOptimal(Between(cloud, cloud, Equal(400, 1), Equal(400, 1)));
  const Points same{1, std::vector<double>(400, 1.0)};
  ExpectOptimal(Between(same, same, Equal(400, 3), Unequal(400, 1200, 9)));
}

// What one cluster has too little of must come from the other, along arcs that are nobody's nearest.
TEST(TransportSimplexTest, MassThatMustGoFar) {
  const Points x = Together(Cloud(300, 2, 10), Cloud(100, 2, 11, 100));
  const Points y = Together(Cloud(100, 2, 12), Cloud(300, 2, 13, 100));
  ExpectOptimal(Between(x, y, Equal(400, 1), Equal(400, 1)));
}

}  // namespace
}  // namespace actionmatch
