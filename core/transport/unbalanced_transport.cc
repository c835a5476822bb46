#include "core/transport/unbalanced_transport.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <numeric>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/transport/exact_transport.h"
#include "core/transport/log_sum_exp.h"

namespace actionmatch {
namespace {

constexpr double kSparse = 1e-4;     // of the largest entry of a row or column
constexpr double kConverged = 1e-3;  // change of a potential, in units of eps
constexpr int kIterationsPerScale = 20;
constexpr int kMaxIterations = 1000;  // at the last scale
constexpr double kScaling = 4;
constexpr size_t kPairsBetweenAsking = 50'000'000;  // some tenths of a second

// One block's points of positive weight.
struct Side {
  std::vector<int32_t> index;  // into the block
  std::vector<double> share;   // normalised weights
  std::vector<double> log_mass;
  std::vector<double> potential;

  Side(const Block& block, double mass) {
    double sum = 0;
    for (int64_t i = 0; i < block.points.count(); ++i) {
      const double weight = block.weights.empty() ? 1.0 : block.weights[i];
      if (!(weight > 0)) continue;
      index.push_back(static_cast<int32_t>(i));
      share.push_back(weight);
      sum += weight;
    }
    for (double& s : share) {
      s /= sum;
      log_mass.push_back(std::log(mass * s));
    }
    potential.assign(index.size(), 0.0);
  }
  size_t size() const { return index.size(); }

  // log <mass, exp(-potential / rho)>
  double LogDual(double rho) const {
    double largest = -std::numeric_limits<double>::infinity();
    for (size_t i = 0; i < size(); ++i) largest = std::max(largest, log_mass[i] - potential[i] / rho);
    double sum = 0;
    for (size_t i = 0; i < size(); ++i) sum += std::exp(log_mass[i] - potential[i] / rho - largest);
    return largest + std::log(sum);
  }
};

// The costs, by rows and by columns.
struct Costs {
  std::vector<float> rows;     // [n, m]
  std::vector<float> columns;  // [m, n]
  double largest = 0;
};

Costs MakeCosts(const Side& x, const Points& from, const Side& y, const Points& to, const UnbalancedProblem& problem) {
  // Beyond pi/2 no mass would move at all; a little before, the cost is finite and the log domain whole.
  constexpr double kFurthest = 1.5707963267948966 - 1e-6;
  const double rho = 2 / problem.lambda;
  const double unit = std::sqrt(problem.lambda) / (2 * problem.length);
  Costs costs;
  costs.rows.resize(x.size() * y.size());
  costs.columns.resize(costs.rows.size());
  for (size_t i = 0; i < x.size(); ++i) {
    const auto a = from.row(x.index[i]);
    for (size_t j = 0; j < y.size(); ++j) {
      const double distance = std::sqrt(SquaredDistance(a, to.row(y.index[j])));
      const double sine = std::sin(std::min(unit * distance, kFurthest));
      const double cost = -rho * std::log1p(-sine * sine);  // -2 rho log cos, which loses small angles
      costs.rows[i * y.size() + j] = costs.columns[j * x.size() + i] = static_cast<float>(cost);
      costs.largest = std::max(costs.largest, cost);
    }
  }
  return costs;
}

// side.potential = -rho/(rho + eps) eps log sum_j exp((other.potential_j - C_ij)/eps + other.log_mass_j); returns the
// largest change.
double Update(const std::vector<float>& costs, const Side& other, double rho, double eps, Side* side) {
  std::vector<float> height(other.size());
  for (size_t j = 0; j < other.size(); ++j) {
    height[j] = static_cast<float>(other.potential[j] / eps + other.log_mass[j]);
  }
  double change = 0;
  for (size_t i = 0; i < side->size(); ++i) {
    const double sum = LogSumExp(height, absl::MakeConstSpan(costs).subspan(i * other.size(), other.size()),
                                 static_cast<float>(1 / eps));
    const double next = -rho / (rho + eps) * eps * sum;
    change = std::max(change, std::abs(next - side->potential[i]));
    side->potential[i] = next;
  }
  return change;
}

// eps falls by kScaling from about half the largest cost to its value. `progress` hears the share of the scales done
// and, within each scale, the share done of the most iterations that it may take.
absl::Status Solve(const Costs& costs, double rho, double regularisation, const BlockProgress& progress, Side* x,
                   Side* y) {
  std::vector<double> scales = {std::max(regularisation, costs.largest / 2)};
  while (scales.back() > regularisation) scales.push_back(std::max(regularisation, scales.back() / kScaling));
  const auto quiet = static_cast<int>(std::max<size_t>(1, kPairsBetweenAsking / (x->size() * y->size())));
  int since = 0;
  for (size_t scale = 0; scale < scales.size(); ++scale) {
    const double eps = scales[scale];
    const int most = scale + 1 == scales.size() ? kMaxIterations : kIterationsPerScale;
    for (int iteration = 0; iteration < most; ++iteration) {
      double change = Update(costs.rows, *y, rho, eps, x);
      change = std::max(change, Update(costs.columns, *x, rho, eps, y));
      // (f + t, g - t) leaves the plan as it is; the best t sets the total mass free, whose mode converges last.
      const double shift = rho / 2 * (x->LogDual(rho) - y->LogDual(rho));
      for (double& f : x->potential) f += shift;
      for (double& g : y->potential) g -= shift;
      if (change < kConverged * eps) break;
      if (++since < quiet) continue;
      since = 0;
      const double done = static_cast<double>(scale) + static_cast<double>(iteration + 1) / most;
      absl::Status status = progress(done / static_cast<double>(scales.size()));
      if (!status.ok()) return status;
    }
  }
  return absl::OkStatus();
}

struct Entry {
  int32_t i, j;
  double log_p;
};

// The entries to keep of one row or column, given its log P by index: of the entries near the largest, the kPlanEntries
// largest. Equal entries are taken from `first` on, round the end, so that rows of equal entries do not all keep the
// same ones.
std::vector<int32_t> Kept(const std::vector<double>& log_p, size_t first) {
  const double least = *std::max_element(log_p.begin(), log_p.end()) + std::log(kSparse);
  std::vector<int32_t> kept;
  for (size_t n = 0; n < log_p.size(); ++n) {
    const size_t place = (first + n) % log_p.size();
    if (log_p[place] >= least) kept.push_back(static_cast<int32_t>(place));
  }
  if (static_cast<int64_t>(kept.size()) <= kPlanEntries) return kept;
  const auto turn = [&](int32_t place) { return (static_cast<size_t>(place) + log_p.size() - first) % log_p.size(); };
  std::nth_element(kept.begin(), kept.begin() + kPlanEntries, kept.end(), [&](int32_t a, int32_t b) {
    return log_p[a] != log_p[b] ? log_p[a] > log_p[b] : turn(a) < turn(b);
  });
  kept.resize(kPlanEntries);
  return kept;
}

// Appends the block's plan, made sparse, as draws.
void AppendPlan(const Costs& costs, double eps, const Block& from, const Side& x, const Block& to, const Side& y,
                const MassCloud& start, const MassCloud& end, double share, UnbalancedPlan* plan) {
  const auto log_p = [&](size_t i, size_t j, float cost) {
    return (x.potential[i] + y.potential[j] - cost) / eps + x.log_mass[i] + y.log_mass[j];
  };
  std::vector<Entry> entries;
  std::vector<double> line(y.size());
  for (size_t i = 0; i < x.size(); ++i) {
    for (size_t j = 0; j < y.size(); ++j) line[j] = log_p(i, j, costs.rows[i * y.size() + j]);
    for (const int32_t j : Kept(line, i * y.size() / x.size()))
      entries.push_back({static_cast<int32_t>(i), j, line[j]});
  }
  line.resize(x.size());
  for (size_t j = 0; j < y.size(); ++j) {
    for (size_t i = 0; i < x.size(); ++i) line[i] = log_p(i, j, costs.columns[j * x.size() + i]);
    for (const int32_t i : Kept(line, j * x.size() / y.size()))
      entries.push_back({i, static_cast<int32_t>(j), line[i]});
  }
  const auto place = [](const Entry& e) { return std::pair(e.i, e.j); };
  std::sort(entries.begin(), entries.end(), [&](const Entry& a, const Entry& b) { return place(a) < place(b); });
  const auto same = [&](const Entry& a, const Entry& b) { return place(a) == place(b); };
  entries.erase(std::unique(entries.begin(), entries.end(), same), entries.end());
  constexpr double kNone = -std::numeric_limits<double>::infinity();
  std::vector<double> row_largest(x.size(), kNone), column_largest(y.size(), kNone);
  for (const Entry& e : entries) {
    row_largest[e.i] = std::max(row_largest[e.i], e.log_p);
    column_largest[e.j] = std::max(column_largest[e.j], e.log_p);
  }
  std::vector<double> row_sum(x.size(), 0.0), column_sum(y.size(), 0.0);  // relative to the largest
  for (const Entry& e : entries) {
    row_sum[e.i] += std::exp(e.log_p - row_largest[e.i]);
    column_sum[e.j] += std::exp(e.log_p - column_largest[e.j]);
  }
  const double log_start_mass = std::log(start.mass);
  const double log_end_mass = std::log(end.mass);
  for (const Entry& e : entries) {
    const double by_row = x.share[e.i] * std::exp(e.log_p - row_largest[e.i]) / row_sum[e.i];
    const double by_column = y.share[e.j] * std::exp(e.log_p - column_largest[e.j]) / column_sum[e.j];
    const double density = (by_row + by_column) / 2;
    if (!(density > 0)) continue;
    plan->from.push_back(from.index[x.index[e.i]]);
    plan->to.push_back(to.index[y.index[e.j]]);
    plan->density.push_back(density * share);
    // P_ij exp(A_i) / density = m_0 (a_i P_ij/P_i.) / density, and likewise at the end; in logs, since either may be
    // tiny.
    const double row_log = std::log(x.share[e.i] / row_sum[e.i]) + e.log_p - row_largest[e.i];
    const double column_log = std::log(y.share[e.j] / column_sum[e.j]) + e.log_p - column_largest[e.j];
    plan->log_start.push_back(static_cast<float>(log_start_mass + row_log - std::log(density)));
    plan->log_end.push_back(static_cast<float>(log_end_mass + column_log - std::log(density)));
  }
}

}  // namespace

absl::StatusOr<UnbalancedPlan> UnbalancedTransport(const MassCloud& x, const MassCloud& y,
                                                   const UnbalancedProblem& problem, const TransportBlocks& blocks) {
  for (const double mass : {x.mass, y.mass}) {
    if (mass > 0 && std::isfinite(mass)) continue;
    return absl::InvalidArgumentError(absl::StrCat("masses must be positive and finite, one is ", mass));
  }
  UnbalancedPlan plan;
  const double rho = 2 / problem.lambda;
  const absl::Status status =
      ForEachBlock(x.points, x.weights, y.points, y.weights, blocks,
                   [&](const Block& from, const Block& to, double share, const BlockProgress& progress) {
                     if (from.points.count() > kMaxTransportPairs / to.points.count()) {
                       return absl::ResourceExhaustedError(absl::StrCat(
                           "a plan between ", from.points.count(), " and ", to.points.count(),
                           " points exceeds the limit of ", kMaxTransportPairs, " pairs; lower path.plan_points"));
                     }
                     Side a(from, x.mass);
                     Side b(to, y.mass);
                     const Costs costs = MakeCosts(a, from.points, b, to.points, problem);
                     absl::Status solved = Solve(costs, rho, problem.regularisation, progress, &a, &b);
                     if (!solved.ok()) return solved;
                     AppendPlan(costs, problem.regularisation, from, a, to, b, x, y, share, &plan);
                     return absl::OkStatus();
                   });
  if (!status.ok()) return status;
  return plan;
}

}  // namespace actionmatch
