#include "core/path.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "core/path_sampling.h"
#include "core/transport.h"
#include "core/unbalanced_transport.h"

namespace actionmatch {
namespace {

constexpr double kLeastOverlap = 0.5;
constexpr double kDifferentMass = 1.01;

double LeastOverlap(const Snapshots& snapshots) {
  double least = 1;
  for (size_t k = 0; k + 1 < snapshots.at.size(); ++k) {
    least = std::min(least, Overlap(snapshots.at[k].points, snapshots.at[k + 1].points));
  }
  return least;
}

}  // namespace

double Overlap(const Points& a, const Points& b) {
  constexpr int64_t kPoints = 200;  // of each cloud
  constexpr int64_t kNeighbours = 10;
  const int64_t n = std::min({a.count(), b.count(), kPoints});
  if (n < 2) return 0;
  std::vector<absl::Span<const double>> rows;
  for (const Points* cloud : {&a, &b}) {
    for (int64_t i = 0; i < n; ++i) rows.push_back(cloud->row(i * cloud->count() / n));
  }
  const int64_t all = 2 * n;
  std::vector<double> squares(static_cast<size_t>(all * all), 0.0);
  for (int64_t i = 0; i < all; ++i) {
    for (int64_t j = 0; j < i; ++j) {
      squares[i * all + j] = squares[j * all + i] = SquaredDistance(rows[i], rows[j]);
    }
  }
  // Few points have few neighbours that are near.
  const int64_t neighbours = std::clamp<int64_t>(n / 4, 1, kNeighbours);
  double share = 0;
  std::vector<double> sorted;
  for (int64_t i = 0; i < all; ++i) {
    const double* row = squares.data() + i * all;
    sorted.assign(row, row + all);
    sorted.erase(sorted.begin() + i);
    std::nth_element(sorted.begin(), sorted.begin() + (neighbours - 1), sorted.end());
    const double furthest = sorted[neighbours - 1];
    double within = 0, others = 0;  // with all that are as far as the last: equal points have no order
    for (int64_t j = 0; j < all; ++j) {
      if (j == i || row[j] > furthest) continue;
      within += 1;
      others += (i < n) != (j < n);
    }
    share += others / within / static_cast<double>(all);
  }
  return share * static_cast<double>(all - 1) / static_cast<double>(n);
}

PathChoice ChoosePath(const TrainSpec& spec, const Snapshots& train) {
  const Dynamics& dynamics = spec.dynamics;
  if (spec.path.kind != PathSpec::Kind::kAuto) return {spec.path.kind, "as the spec asks"};
  if (spec.training.times == TrainingSpec::Times::kGaussLegendre) {
    return {PathSpec::Kind::kObserved, "observed: training.times is GAUSS_LEGENDRE, which needs it"};
  }
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
  if (spec.training.form == TrainingSpec::Form::kConditional) {
    return {PathSpec::Kind::kOt, "ot: training.form is CONDITIONAL, which needs curves; an observed path has none"};
  }
  const double least = LeastOverlap(train);
  const bool overlap = least >= kLeastOverlap;
  return {overlap ? PathSpec::Kind::kObserved : PathSpec::Kind::kOt,
          absl::StrFormat("%s: %d snapshots; neighbours overlap by %.0f %% or more (observed is for %.0f %% on)",
                          overlap ? "observed" : "ot", count, 100 * least, 100 * kLeastOverlap)};
}

Discrete::Discrete(const std::vector<double>& mass) {
  double sum = 0;
  for (double m : mass) cumulative_.push_back(sum += m);
  for (double& c : cumulative_) c /= sum;
}

// From where it is if masses are equal, in growing steps, then by halves: tables of many snapshots are in no cache.
size_t Discrete::Find(double position, size_t first) const {
  size_t low = first;
  size_t high = cumulative_.size() - 1;  // it is one of these
  if (low == high) return low;
  size_t at = std::clamp(static_cast<size_t>(position * static_cast<double>(cumulative_.size())), low, high - 1);
  const bool beyond = cumulative_[at] > position;
  for (size_t step = 1; low < high && (cumulative_[at] > position) == beyond; step *= 2) {
    if (beyond) {
      high = at;
      at -= std::min(step, at - low);
    } else {
      low = at + 1;
      at += std::min(step, high - 1 - at);
    }
  }
  const auto begin = cumulative_.begin();
  const auto found = std::upper_bound(begin + static_cast<int64_t>(low), begin + static_cast<int64_t>(high), position);
  return static_cast<size_t>(found - begin);
}

void Discrete::Draw(int64_t n, Random& random, std::vector<int32_t>* indices) const {
  indices->resize(static_cast<size_t>(n));
  const double offset = random.Uniform();
  size_t at = 0;
  for (int64_t i = 0; i < n; ++i) {
    at = Find((static_cast<double>(i) + offset) / static_cast<double>(n), at);
    (*indices)[i] = static_cast<int32_t>(at);
  }
  Shuffle(random, indices);
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

std::vector<MassNode> KnotPath::masses() const {
  std::vector<MassNode> nodes;
  for (const StandardisedSnapshot& knot : knots_) nodes.push_back({knot.tau, knot.mass});
  return nodes;
}

std::vector<double> KnotPath::knots() const {
  std::vector<double> times;
  for (const StandardisedSnapshot& knot : knots_) times.push_back(knot.tau);
  return times;
}

void KnotPath::Draw(const DrawRequest& request, PathBatch* batch) const {
  const int samples = RowsOfInterval(paired_times(), request.samples);
  const std::vector<IntervalTimes> times = request.times->Draw(request.seed, request.step, samples, paired_times());
  batch->rows = intervals() * samples;
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
  Bridge bridge{spec.bridge, spec.bridge_noise, spec.Scatters(),
                dynamics.Standardised(standardisation.scale, standardisation.duration)};
  return MakeCurvePath(std::move(knots), std::move(plans), std::move(bridge), train.dimension);
}

}  // namespace actionmatch
