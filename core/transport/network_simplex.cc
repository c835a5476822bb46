#include "core/transport/network_simplex.h"

#include <lemon/network_simplex.h>
#include <lemon/static_graph.h>

#include <algorithm>
#include <limits>
#include <numeric>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/random.h"

namespace actionmatch {
namespace {

// Problems of at most this many pairs get all arcs.
constexpr size_t kAllArcsPairs = 1 << 16;
// The number of points that one point of the smaller problem stands for.
constexpr size_t kGroup = 4;
// The fewest points of the smaller problem.
constexpr size_t kMinGroups = 32;
// The arcs of each row and column: the first arcs, and the arcs that join them in a round.
constexpr int kFirstArcs = 8;
constexpr int kMoreArcs = 4;
// After so many rounds, each round takes twice as many arcs as the one before, up to kMaxDoublings times.
constexpr int kEvenRounds = 3;
constexpr int kMaxDoublings = 6;
// After so many rounds all arcs join: the few that are left could take longer one by one.
constexpr int kMaxRounds = 20;

constexpr int64_t kAny = std::numeric_limits<int64_t>::max();

using Arc = std::pair<int32_t, int32_t>;  // from, to

// The reduced cost of an arc is c_ij - u_i - v_j.
struct Potentials {
  std::vector<int64_t> u;  // [n]
  std::vector<int64_t> v;  // [m]
};

// A plan that is optimal among some arcs: by its potentials none of these arcs has a negative reduced cost, and the
// plan uses arcs whose reduced cost is 0.
struct Plan {
  std::vector<IntegerFlow> flows;
  Potentials potentials;
};

// A plan that is optimal among `arcs`, which are sorted and contain a plan.
absl::StatusOr<Plan> SolveArcs(const IntegerTransport& problem, const std::vector<Arc>& arcs) {
  using Graph = lemon::StaticDigraph;
  const int32_t n = problem.n();
  const int32_t m = problem.m();
  Graph graph;
  {
    std::vector<Arc> ends = arcs;  // the nodes of y come after the nodes of x
    for (Arc& end : ends) end.second += n;
    graph.build(n + m, ends.begin(), ends.end());
  }
  lemon::NetworkSimplex<Graph, int64_t, int64_t> simplex(graph);
  {
    Graph::ArcMap<int64_t> costs(graph);
    for (size_t a = 0; a < arcs.size(); ++a) {
      costs[graph.arc(static_cast<int>(a))] = problem.row(arcs[a].first)[arcs[a].second];
    }
    simplex.costMap(costs);
  }
  Graph::NodeMap<int64_t> supplies(graph);
  for (int32_t i = 0; i < n; ++i) supplies[graph.node(i)] = problem.supply[i];
  for (int32_t j = 0; j < m; ++j) supplies[graph.node(n + j)] = -problem.demand[j];
  simplex.supplyMap(supplies);
  if (simplex.run() != decltype(simplex)::OPTIMAL) {
    return absl::InternalError(absl::StrCat("no optimal plan found between ", n, " and ", m, " points"));
  }
  Plan plan;
  for (size_t a = 0; a < arcs.size(); ++a) {
    const int64_t amount = simplex.flow(graph.arc(static_cast<int>(a)));
    if (amount > 0) plan.flows.push_back({arcs[a].first, arcs[a].second, amount});
  }
  for (int32_t i = 0; i < n; ++i) plan.potentials.u.push_back(-simplex.potential(graph.node(i)));
  for (int32_t j = 0; j < m; ++j) plan.potentials.v.push_back(simplex.potential(graph.node(n + j)));
  return plan;
}

// An arc that may join, as one row or column sees it.
struct Offer {
  int64_t reduced;
  uint32_t tie;
  int32_t index;  // of the point at its other end; -1: none
  bool operator<(const Offer& other) const {
    return reduced != other.reduced ? reduced < other.reduced : tie < other.tie;
  }
};

// Keeps the `count` least offers, in order.
void Take(const Offer& offer, Offer* kept, int count) {
  int at = count - 1;
  if (!(offer < kept[at])) return;
  for (; at > 0 && offer < kept[at - 1]; --at) kept[at] = kept[at - 1];
  kept[at] = offer;
}

// Decides which of equal arcs go first. If the arcs of the first points always did, most points of clouds with many
// equal points, or of a lattice, would be left out.
uint32_t TieOf(int32_t i, int32_t j) {
  uint32_t mixed = static_cast<uint32_t>(i) * 2654435761U ^ static_cast<uint32_t>(j) * 2246822519U;
  mixed ^= mixed >> 15;
  return mixed * 2654435761U;
}

// The `count` arcs of least reduced cost in each row and each column, among the arcs below `below`.
std::vector<Arc> LeastArcs(const IntegerTransport& problem, const Potentials& potentials, int count, int64_t below) {
  const int32_t n = problem.n();
  const int32_t m = problem.m();
  const int of_row = std::min(count, m);
  const int of_column = std::min(count, n);
  const Offer nothing{below, 0, -1};  // no offer of `below` itself is less
  std::vector<Offer> row(static_cast<size_t>(of_row));
  std::vector<Offer> columns(static_cast<size_t>(m) * static_cast<size_t>(of_column), nothing);
  std::vector<int64_t> limits(static_cast<size_t>(m), below);  // by column: the most reduced cost that is kept
  std::vector<Arc> arcs;
  for (int32_t i = 0; i < n; ++i) {
    std::fill(row.begin(), row.end(), nothing);
    const int32_t* cost = problem.row(i);
    const int64_t u = potentials.u[i];
    for (int32_t j = 0; j < m; ++j) {
      const int64_t reduced = cost[j] - u - potentials.v[j];
      if (reduced > row.back().reduced && reduced > limits[j]) continue;
      const uint32_t tie = TieOf(i, j);
      Offer* column = columns.data() + static_cast<size_t>(j) * static_cast<size_t>(of_column);
      Take({reduced, tie, j}, row.data(), of_row);
      Take({reduced, tie, i}, column, of_column);
      limits[j] = column[of_column - 1].reduced;
    }
    for (const Offer& offer : row) {
      if (offer.index >= 0) arcs.push_back({i, offer.index});
    }
  }
  for (size_t k = 0; k < columns.size(); ++k) {
    const int32_t i = columns[k].index;
    if (i >= 0) arcs.push_back({i, static_cast<int32_t>(k / static_cast<size_t>(of_column))});
  }
  return arcs;
}

// Some plan: each point of x fills the points of y that have room, in order.
std::vector<IntegerFlow> AnyPlan(const IntegerTransport& problem) {
  std::vector<IntegerFlow> flows;
  int64_t supply = problem.supply.front();
  int64_t demand = problem.demand.front();
  for (int32_t i = 0, j = 0;;) {
    const int64_t amount = std::min(supply, demand);
    flows.push_back({i, j, amount});
    supply -= amount;
    demand -= amount;
    if (supply == 0) {
      if (++i == problem.n()) return flows;
      supply = problem.supply[i];
    }
    if (demand == 0) {
      if (++j == problem.m()) return flows;
      demand = problem.demand[j];
    }
  }
}

std::vector<Arc> AllArcs(const IntegerTransport& problem) {
  std::vector<Arc> arcs;
  arcs.reserve(problem.cost.size());
  for (int32_t i = 0; i < problem.n(); ++i) {
    for (int32_t j = 0; j < problem.m(); ++j) arcs.push_back({i, j});
  }
  return arcs;
}

void SortOnce(std::vector<Arc>* arcs) {
  std::sort(arcs->begin(), arcs->end());
  arcs->erase(std::unique(arcs->begin(), arcs->end()), arcs->end());
}

// The heaviest point of each of some random groups, and the amount of the group.
struct Sample {
  std::vector<int32_t> index;
  std::vector<int64_t> amount;
};

// Samples a side whose other side has `others` points. The larger side is made smaller first, since exact potentials of
// few points cost little.
Sample MakeSample(const std::vector<int64_t>& amounts, size_t others, Random& random) {
  std::vector<int32_t> order(amounts.size());
  std::iota(order.begin(), order.end(), 0);
  Shuffle(random, &order);
  const size_t size = amounts.size();
  const size_t groups = size < others / kGroup ? size : std::min(size, std::max(size / kGroup, kMinGroups));
  Sample sample{{order.begin(), order.begin() + static_cast<int64_t>(groups)}, std::vector<int64_t>(groups)};
  for (size_t i = 0; i < order.size(); ++i) {
    int32_t& heaviest = sample.index[i % groups];
    if (amounts[order[i]] > amounts[heaviest]) heaviest = order[i];
    sample.amount[i % groups] += amounts[order[i]];
  }
  return sample;
}

absl::StatusOr<Plan> Solve(const IntegerTransport& problem, uint64_t depth);

// Potentials by which all reduced costs of `problem` are positive or zero, near those of an optimal plan.
absl::StatusOr<Potentials> FirstPotentials(const IntegerTransport& problem, uint64_t depth) {
  Random random(0, RandomStream::kPlanSample, depth);
  Sample from = MakeSample(problem.supply, problem.demand.size(), random);
  Sample to = MakeSample(problem.demand, problem.supply.size(), random);
  IntegerTransport fewer{std::move(from.amount), std::move(to.amount), {}};
  fewer.cost.reserve(from.index.size() * to.index.size());
  for (const int32_t i : from.index) {
    for (const int32_t j : to.index) fewer.cost.push_back(problem.row(i)[j]);
  }
  const absl::StatusOr<Plan> plan = Solve(fewer, depth + 1);
  if (!plan.ok()) return plan.status();
  Potentials potentials{{}, std::vector<int64_t>(problem.demand.size(), kAny)};
  for (int32_t i = 0; i < problem.n(); ++i) {
    const int32_t* cost = problem.row(i);
    int64_t u = kAny;
    for (size_t t = 0; t < to.index.size(); ++t) u = std::min(u, cost[to.index[t]] - plan->potentials.v[t]);
    potentials.u.push_back(u);
    for (int32_t j = 0; j < problem.m(); ++j) potentials.v[j] = std::min(potentials.v[j], cost[j] - u);
  }
  return potentials;
}

absl::StatusOr<Plan> Solve(const IntegerTransport& problem, uint64_t depth) {
  const size_t half = problem.cost.size() / 2;
  const size_t first_arcs = kFirstArcs * (problem.supply.size() + problem.demand.size());
  if (problem.cost.size() <= kAllArcsPairs || first_arcs > half) return SolveArcs(problem, AllArcs(problem));
  const absl::StatusOr<Potentials> first = FirstPotentials(problem, depth);
  if (!first.ok()) return first.status();
  std::vector<Arc> arcs = LeastArcs(problem, *first, kFirstArcs, kAny);
  for (const IntegerFlow& flow : AnyPlan(problem)) arcs.push_back({flow.from, flow.to});
  for (int round = 0;; ++round) {
    SortOnce(&arcs);
    if (arcs.size() > half || round == kMaxRounds) return SolveArcs(problem, AllArcs(problem));
    absl::StatusOr<Plan> plan = SolveArcs(problem, arcs);
    if (!plan.ok()) return plan;
    const int count = kMoreArcs << std::clamp(round + 1 - kEvenRounds, 0, kMaxDoublings);
    const std::vector<Arc> more = LeastArcs(problem, plan->potentials, count, 0);
    if (more.empty()) return plan;
    arcs.insert(arcs.end(), more.begin(), more.end());
  }
}

}  // namespace

absl::StatusOr<std::vector<IntegerFlow>> SolveTransport(const IntegerTransport& problem) {
  if (std::min(problem.n(), problem.m()) == 1) return AnyPlan(problem);  // the only plan
  absl::StatusOr<Plan> plan = Solve(problem, 0);
  if (!plan.ok()) return plan.status();
  return std::move(plan->flows);
}

}  // namespace actionmatch
