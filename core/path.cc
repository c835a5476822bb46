#include "core/path.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "core/path_sampling.h"
#include "core/transport.h"
#include "core/unbalanced_transport.h"

namespace actionmatch {
namespace {

constexpr size_t kDenseSnapshots = 20;
constexpr int64_t kOverlapPoints = 500;
constexpr double kOverlapRatio = 2;
constexpr double kDifferentMass = 1.01;

// The median over points of `a` of the distance to the nearest point of `b` (not itself where a and b are the same).
double MedianNearest(const Points& a, const Points& b) {
  const bool same = &a == &b;
  const auto stride = [](const Points& p) {
    return std::max<int64_t>(1, (p.count() + kOverlapPoints - 1) / kOverlapPoints);
  };
  std::vector<double> nearest;
  for (int64_t i = 0; i < a.count(); i += stride(a)) {
    double best = std::numeric_limits<double>::infinity();
    for (int64_t j = 0; j < b.count(); j += stride(b)) {
      if (same && i == j) continue;
      double squares = 0;
      for (int64_t d = 0; d < a.dimension; ++d) {
        const double difference = a.row(i)[d] - b.row(j)[d];
        squares += difference * difference;
      }
      best = std::min(best, squares);
    }
    nearest.push_back(std::sqrt(best));
  }
  const auto middle = nearest.begin() + static_cast<int64_t>(nearest.size() / 2);
  std::nth_element(nearest.begin(), middle, nearest.end());
  return *middle;
}

// The largest ratio, over neighbouring pairs, of the distance across to the distance within.
double LargestGap(const Snapshots& snapshots) {
  double largest = 0;
  for (size_t k = 0; k + 1 < snapshots.at.size(); ++k) {
    const Points& a = snapshots.at[k].points;
    const Points& b = snapshots.at[k + 1].points;
    largest = std::max(largest, MedianNearest(a, b) / MedianNearest(b, b));
  }
  return largest;
}

}  // namespace

PathChoice ChoosePath(const PathSpec& spec, const Dynamics& dynamics, const Snapshots& train) {
  if (spec.kind != PathSpec::Kind::kAuto) return {spec.kind, "as the spec asks"};
  if (dynamics.lambda > 0 && dynamics.IsQuadratic()) {
    const auto less = [](const Snapshot& a, const Snapshot& b) { return a.mass < b.mass; };
    const auto [least, most] = std::minmax_element(train.at.begin(), train.at.end(), less);
    if (most->mass > kDifferentMass * least->mass) {
      return {PathSpec::Kind::kUot, absl::StrFormat("uot: dynamics.lambda is %g and masses differ, by a factor of %.3g",
                                                    dynamics.lambda, most->mass / least->mass)};
    }
  }
  const size_t count = train.at.size();
  if (count < kDenseSnapshots) {
    return {PathSpec::Kind::kOt,
            absl::StrCat("ot: ", count, " snapshots; observed is for ", kDenseSnapshots, " or more that overlap")};
  }
  const double gap = LargestGap(train);
  const bool overlap = gap <= kOverlapRatio;
  return {overlap ? PathSpec::Kind::kObserved : PathSpec::Kind::kOt,
          absl::StrFormat(
              "%s: %d snapshots; the median distance to the nearest point of the neighbouring snapshot is at most "
              "%.2f times that within a snapshot (they overlap up to %.0f)",
              overlap ? "observed" : "ot", count, gap, kOverlapRatio)};
}

Discrete::Discrete(const std::vector<double>& mass) {
  double sum = 0;
  for (double m : mass) cumulative_.push_back(sum += m);
  for (double& c : cumulative_) c /= sum;
}

void Discrete::Draw(int64_t n, Random& random, std::vector<int32_t>* indices) const {
  indices->resize(static_cast<size_t>(n));
  const double offset = random.Uniform();
  auto at = cumulative_.begin();
  for (int64_t i = 0; i < n; ++i) {
    const double position = (static_cast<double>(i) + offset) / static_cast<double>(n);
    at = std::upper_bound(at, cumulative_.end() - 1, position);
    (*indices)[i] = static_cast<int32_t>(at - cumulative_.begin());
  }
  for (int64_t i = n; i > 1; --i) {
    std::swap((*indices)[i - 1], (*indices)[static_cast<int64_t>(random.Below(static_cast<uint64_t>(i)))]);
  }
}

std::vector<StandardisedSnapshot> StandardiseAll(const Snapshots& snapshots, const Standardisation& standardisation) {
  std::vector<StandardisedSnapshot> knots;
  for (const Snapshot& s : snapshots.at) {
    std::vector<float> y;
    y.reserve(s.points.values.size());
    for (size_t i = 0; i < s.points.values.size(); ++i) {
      const double mean = standardisation.mean[i % static_cast<size_t>(snapshots.dimension)];
      y.push_back(static_cast<float>((s.points.values[i] - mean) / standardisation.scale));
    }
    knots.push_back({standardisation.Tau(s.time), s.mass, std::move(y), Discrete(s.weights)});
  }
  return knots;
}

void KnotPath::DrawBoundary(const StandardisedSnapshot& knot, int64_t rows, Random& random,
                            std::vector<float>* out) const {
  std::vector<int32_t> drawn;
  knot.rows.Draw(rows, random, &drawn);
  out->resize(static_cast<size_t>(rows * dimension_));
  for (int64_t i = 0; i < rows; ++i) {
    std::copy_n(knot.y.begin() + drawn[i] * dimension_, dimension_, out->begin() + i * dimension_);
  }
}

double KnotPath::LogMass(int64_t k, double u) const {
  return (1 - u) * std::log(knots_[k].mass) + u * std::log(knots_[k + 1].mass);
}

std::vector<double> KnotPath::knots() const {
  std::vector<double> times;
  for (const StandardisedSnapshot& knot : knots_) times.push_back(knot.tau);
  return times;
}

void KnotPath::Draw(const DrawRequest& request, PathBatch* batch) const {
  const std::vector<IntervalTimes> times =
      request.times->Draw(request.seed, request.step, request.samples, paired_times());
  batch->rows = intervals() * request.samples;
  batch->dimension = dimension_;
  const auto rows = static_cast<size_t>(batch->rows);
  batch->y.resize(rows * static_cast<size_t>(dimension_));
  batch->tau.resize(rows);
  batch->weight.resize(rows);
  batch->mass.resize(rows);
  batch->velocity.resize(has_curves() ? batch->y.size() : 0);
  batch->growth.resize(has_curves() ? rows : 0);
  batch->bridge_variance.resize(has_bridge_variance() ? rows : 0);
  batch->start.clear();
  batch->end.clear();
  int64_t first = 0;
  for (int64_t k = 0; k < intervals(); ++k) {
    const IntervalTimes& interval = times[k];
    DrawInterval(request, k, first, interval.u, batch);
    for (size_t i = 0; i < interval.u.size(); ++i, ++first) {
      batch->tau[first] = static_cast<float>(knots_[k].tau + interval.u[i] * delta(k));
      batch->weight[first] = static_cast<float>(interval.weight[i]);
    }
  }
  batch->start_mass = knots_.front().mass;
  batch->end_mass = knots_.back().mass;
  if (request.with_boundaries) {
    Random random = RandomFor(request, RandomStream::kPairs, intervals());
    DrawBoundary(knots_.front(), batch->rows, random, &batch->start);
    DrawBoundary(knots_.back(), batch->rows, random, &batch->end);
  }
}

absl::StatusOr<std::unique_ptr<const Path>> MakePath(const PathSpec& spec, const Dynamics& dynamics,
                                                     const Snapshots& train, const Standardisation& standardisation,
                                                     uint64_t seed,
                                                     const std::function<absl::Status(double fraction)>& on_progress) {
  if (train.at.size() < 2) {
    return absl::FailedPreconditionError(
        absl::StrCat("a path needs 2 snapshots or more to train on, has ", train.at.size()));
  }
  std::vector<StandardisedSnapshot> knots = StandardiseAll(train, standardisation);
  if (spec.kind == PathSpec::Kind::kObserved) return MakeObservedPath(std::move(knots), train.dimension);
  std::vector<PairPlan> plans;
  const auto intervals = static_cast<double>(train.at.size() - 1);
  for (size_t k = 0; k + 1 < train.at.size() && spec.kind != PathSpec::Kind::kLinear; ++k) {
    const Snapshot& from = train.at[k];
    const Snapshot& to = train.at[k + 1];
    const Blocks blocks{spec.plan_points, seed, k, [&](double fraction) {
                          return on_progress ? on_progress((static_cast<double>(k) + fraction) / intervals)
                                             : absl::OkStatus();
                        }};
    if (spec.kind == PathSpec::Kind::kUot) {
      UnbalancedProblem problem;
      // The cost's scale only sets what growth costs beside motion.
      problem.lambda = dynamics.lambda * dynamics.cost_scale;
      problem.regularisation = spec.plan_regularisation;
      problem.length = standardisation.scale;
      absl::StatusOr<UnbalancedPlan> plan = UnbalancedTransport({from.points, from.weights, from.mass},
                                                                {to.points, to.weights, to.mass}, problem, blocks);
      if (!plan.ok()) return plan.status();
      plans.push_back({std::move(plan->from), std::move(plan->to), Discrete(plan->density), std::move(plan->log_start),
                       std::move(plan->log_end)});
      continue;
    }
    // Data units do: a common scale changes no plan.
    const absl::StatusOr<TransportPlan> plan =
        BlockTransport(from.points, from.weights, to.points, to.weights, dynamics.cost_power, blocks);
    if (!plan.ok()) return plan.status();
    plans.push_back({plan->from, plan->to, Discrete(plan->mass), {}, {}});
  }
  Bridge bridge{spec.bridge, spec.bridge_noise, dynamics.Standardised(standardisation.scale, standardisation.duration)};
  return MakeCurvePath(std::move(knots), std::move(plans), std::move(bridge), train.dimension);
}

}  // namespace actionmatch
