#include "core/transport.h"

#include <lemon/network_simplex.h>
#include <lemon/static_graph.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

namespace actionmatch {
namespace {

constexpr double kCostLevels = 0x1.0p30;    // the largest cost, in quanta
constexpr double kSupplyLevels = 0x1.0p40;  // the total mass, in quanta, where weights are not uniform

double Distance(absl::Span<const double> a, absl::Span<const double> b, double power) {
  const double squares = SquaredDistance(a, b);
  return power == 2 ? squares : power == 1 ? std::sqrt(squares) : std::pow(squares, power / 2);
}

// The points of positive weight of one side, with their integer masses.
struct Side {
  std::vector<int32_t> index;  // into the caller's points
  std::vector<int64_t> supply;
};

bool IsUniform(absl::Span<const double> weights) {
  return std::all_of(weights.begin(), weights.end(), [&](double w) { return w == weights.front() && w > 0; });
}

Side UniformSide(int64_t count, int64_t supply) {
  Side side;
  side.index.resize(static_cast<size_t>(count));
  std::iota(side.index.begin(), side.index.end(), 0);
  side.supply.assign(static_cast<size_t>(count), supply);
  return side;
}

// Largest-remainder rounding of the weights to integers that sum to kSupplyLevels.
Side WeightedSide(int64_t count, absl::Span<const double> weights) {
  const double sum =
      weights.empty() ? static_cast<double>(count) : std::accumulate(weights.begin(), weights.end(), 0.0);
  const auto total = static_cast<int64_t>(kSupplyLevels);
  std::vector<int64_t> quanta(static_cast<size_t>(count));
  std::vector<std::pair<double, int32_t>> remainders;
  int64_t given = 0;
  for (int64_t i = 0; i < count; ++i) {
    const double exact = (weights.empty() ? 1.0 : weights[i]) / sum * kSupplyLevels;
    quanta[i] = static_cast<int64_t>(exact);
    given += quanta[i];
    if (exact > 0) remainders.push_back({static_cast<double>(quanta[i]) - exact, static_cast<int32_t>(i)});
  }
  std::sort(remainders.begin(), remainders.end());
  for (size_t r = 0; given < total; r = (r + 1) % remainders.size(), ++given) quanta[remainders[r].second] += 1;
  // Shares that rounding made a little more than the whole.
  *std::max_element(quanta.begin(), quanta.end()) -= given - total;
  Side side;
  for (int64_t i = 0; i < count; ++i) {
    if (quanta[i] == 0) continue;
    side.index.push_back(static_cast<int32_t>(i));
    side.supply.push_back(quanta[i]);
  }
  return side;
}

struct Sides {
  Side x;
  Side y;
  double total;       // quanta on each side
  double mass_error;  // how much mass rounding has moved, as a share
};

Sides MakeSides(const Points& x, absl::Span<const double> a, const Points& y, absl::Span<const double> b) {
  const int64_t n = x.count();
  const int64_t m = y.count();
  if (IsUniform(a) && IsUniform(b)) {
    const int64_t multiple = std::lcm(n, m);
    return {UniformSide(n, multiple / n), UniformSide(m, multiple / m), static_cast<double>(multiple), 0};
  }
  return {WeightedSide(n, a), WeightedSide(m, b), kSupplyLevels, static_cast<double>(n + m) / kSupplyLevels};
}

}  // namespace

absl::Status DistanceNotFinite() {
  return absl::InvalidArgumentError(
      "a distance between points is not finite: they lie too far apart for floating point; give the data in a larger "
      "unit");
}

absl::StatusOr<TransportPlan> ExactTransport(const Points& x, absl::Span<const double> x_weights, const Points& y,
                                             absl::Span<const double> y_weights, double power) {
  absl::Status status = CheckCloud(x, x_weights, "x");
  status.Update(CheckCloud(y, y_weights, "y"));
  if (!status.ok()) return status;
  if (x.dimension != y.dimension) {
    return absl::InvalidArgumentError(
        absl::StrCat("x has dimension ", x.dimension, ", y has ", y.dimension, "; they must be equal"));
  }
  if (x.count() > kMaxTransportPairs / y.count()) {
    return absl::ResourceExhaustedError(absl::StrCat("exact transport of ", x.count(), " x ", y.count(),
                                                     " points exceeds the limit of ", kMaxTransportPairs,
                                                     " pairs; use fewer points"));
  }
  const Sides sides = MakeSides(x, x_weights, y, y_weights);
  const auto n = static_cast<int>(sides.x.index.size());
  const auto m = static_cast<int>(sides.y.index.size());

  std::vector<double> costs(static_cast<size_t>(n) * static_cast<size_t>(m));
  for (int i = 0; i < n; ++i) {
    for (int j = 0; j < m; ++j) {
      costs[static_cast<size_t>(i) * m + j] = Distance(x.row(sides.x.index[i]), y.row(sides.y.index[j]), power);
    }
  }
  const double largest = *std::max_element(costs.begin(), costs.end());
  if (!std::isfinite(largest)) return DistanceNotFinite();
  const double quantum = largest > 0 ? largest / kCostLevels : 1;

  // Arc i * m + j goes from point i of x (node i) to point j of y (node n + j).
  using Graph = lemon::StaticDigraph;
  Graph graph;
  {
    std::vector<std::pair<int, int>> arcs;
    arcs.reserve(costs.size());
    for (int i = 0; i < n; ++i) {
      for (int j = 0; j < m; ++j) arcs.push_back({i, n + j});
    }
    graph.build(n + m, arcs.begin(), arcs.end());
  }
  lemon::NetworkSimplex<Graph, int64_t, int64_t> simplex(graph);
  {
    Graph::ArcMap<int64_t> quanta(graph);
    for (size_t arc = 0; arc < costs.size(); ++arc) {
      quanta[graph.arc(static_cast<int>(arc))] = static_cast<int64_t>(std::llround(costs[arc] / quantum));
    }
    simplex.costMap(quanta);
  }
  Graph::NodeMap<int64_t> supplies(graph);
  for (int i = 0; i < n; ++i) supplies[graph.node(i)] = sides.x.supply[i];
  for (int j = 0; j < m; ++j) supplies[graph.node(n + j)] = -sides.y.supply[j];
  simplex.supplyMap(supplies);
  if (simplex.run() != decltype(simplex)::OPTIMAL) {
    return absl::InternalError(absl::StrCat("no optimal plan found between ", n, " and ", m, " points"));
  }

  TransportPlan plan;
  for (int i = 0; i < n; ++i) {
    for (int j = 0; j < m; ++j) {
      const int64_t flow = simplex.flow(graph.arc(i * m + j));
      if (flow == 0) continue;
      const double mass = static_cast<double>(flow) / sides.total;
      plan.from.push_back(sides.x.index[i]);
      plan.to.push_back(sides.y.index[j]);
      plan.mass.push_back(mass);
      plan.cost += mass * costs[static_cast<size_t>(i) * m + j];
    }
  }
  plan.error_bound = quantum + sides.mass_error * largest;
  return plan;
}

absl::StatusOr<TransportPlan> BlockTransport(const Points& x, absl::Span<const double> x_weights, const Points& y,
                                             absl::Span<const double> y_weights, double power, const Blocks& blocks) {
  TransportPlan plan;
  const absl::Status status =
      ForEachBlock(x, x_weights, y, y_weights, blocks, [&](const Block& a, const Block& b, double share, const auto&) {
        absl::StatusOr<TransportPlan> part = ExactTransport(a.points, a.weights, b.points, b.weights, power);
        if (!part.ok()) return part.status();
        for (size_t e = 0; e < part->mass.size(); ++e) {
          plan.from.push_back(a.index[part->from[e]]);
          plan.to.push_back(b.index[part->to[e]]);
          plan.mass.push_back(part->mass[e] * share);
        }
        plan.cost += part->cost * share;
        plan.error_bound += part->error_bound * share;
        return absl::OkStatus();
      });
  if (!status.ok()) return status;
  return plan;
}

}  // namespace actionmatch
