#include "core/transport/exact_transport.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/transport/network_simplex.h"

namespace actionmatch {
namespace {

constexpr double kCostLevels = 0x1.0p30;    // the largest cost, in quanta
constexpr double kSupplyLevels = 0x1.0p40;  // the total mass, in quanta, if weights are not uniform

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
  // Rounding may give a little more than the whole: the largest share gives that back.
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
  double mass_error;  // the share of mass that rounding has moved
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

double CostOf(double squares, double power) {
  return power == 2 ? squares : power == 1 ? std::sqrt(squares) : std::pow(squares, power / 2);
}

// x_i - y_j|^power, row by row, with the coordinates of all y_j side by side for vector instructions.
class CostRows {
 public:
  CostRows(const Points& x, const Side& x_side, const Points& y, const Side& y_side, double power)
      : x_(x), x_side_(x_side), m_(y_side.index.size()), power_(power) {
    y_.reserve(m_ * static_cast<size_t>(y.dimension));
    for (int64_t d = 0; d < y.dimension; ++d) {
      for (const int32_t j : y_side.index) y_.push_back(y.row(j)[d]);
    }
  }

  // [m], valid until the next call.
  const std::vector<double>& Row(size_t i) {
    costs_.assign(m_, 0.0);
    const double* coordinate = y_.data();
    for (const double at : x_.row(x_side_.index[i])) {
      for (size_t j = 0; j < m_; ++j) costs_[j] += (at - coordinate[j]) * (at - coordinate[j]);
      coordinate += m_;
    }
    for (double& cost : costs_) cost = CostOf(cost, power_);
    return costs_;
  }

 private:
  const Points& x_;
  const Side& x_side_;
  const size_t m_;
  const double power_;
  std::vector<double> y_;  // [D, m]
  std::vector<double> costs_;
};

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
  const size_t n = sides.x.index.size();
  CostRows costs(x, sides.x, y, sides.y, power);
  double largest = 0;
  for (size_t i = 0; i < n; ++i) {
    bool finite = true;
    for (const double cost : costs.Row(i)) {
      finite &= cost <= std::numeric_limits<double>::max();
      largest = std::max(largest, cost);
    }
    if (!finite) return DistanceNotFinite();
  }
  const double quantum = std::max(largest / kCostLevels, std::numeric_limits<double>::min());
  IntegerTransport problem{sides.x.supply, sides.y.supply, {}};
  problem.cost.reserve(n * sides.y.index.size());
  for (size_t i = 0; i < n; ++i) {
    for (const double cost : costs.Row(i)) problem.cost.push_back(static_cast<int32_t>(std::lrint(cost / quantum)));
  }
  const absl::StatusOr<std::vector<IntegerFlow>> flows = SolveTransport(problem);
  if (!flows.ok()) return flows.status();

  TransportPlan plan;
  for (const IntegerFlow& flow : *flows) {
    const int32_t i = sides.x.index[flow.from];
    const int32_t j = sides.y.index[flow.to];
    const double mass = static_cast<double>(flow.amount) / sides.total;
    plan.from.push_back(i);
    plan.to.push_back(j);
    plan.mass.push_back(mass);
    plan.cost += mass * CostOf(SquaredDistance(x.row(i), y.row(j)), power);
  }
  plan.error_bound = quantum + sides.mass_error * largest;
  return plan;
}

absl::StatusOr<TransportPlan> BlockTransport(const Points& x, absl::Span<const double> x_weights, const Points& y,
                                             absl::Span<const double> y_weights, double power,
                                             const TransportBlocks& blocks) {
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
