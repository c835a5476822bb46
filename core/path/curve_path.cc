#include "core/path/curve_path.h"

#include <cmath>
#include <utility>

#include "core/path/knot_path.h"

namespace actionmatch {
namespace {

// The scatter around curves, in standardised units.
struct Bridge {
  PathSpec::Bridge kind = PathSpec::Bridge::kSmooth;
  double noise = 0;       // smooth: beta; Brownian: its constant sigma, or 0 for the dynamics' sigma
  bool scatters = false;  // whether there is any scatter
  Dynamics dynamics;      // standardised
};

class CurvePath final : public KnotPath {
 public:
  CurvePath(std::vector<StandardisedSnapshot> knots, std::vector<PairPlan> plans, Bridge bridge, int64_t dimension)
      : KnotPath(std::move(knots), dimension), plans_(std::move(plans)), bridge_(std::move(bridge)) {}
  bool has_curves() const override { return true; }

  // E[W_u] over a plan's pairs is a sum of exponentials, so it is not log-linear between the knots.
  std::vector<MassNode> masses() const override {
    constexpr int kNodes = 32;  // in each interval
    std::vector<MassNode> nodes = KnotPath::masses();
    if (plans_.empty() || plans_.front().log_start.empty()) return nodes;
    const std::vector<MassNode> knots = std::exchange(nodes, {});
    for (int64_t k = 0; k < intervals(); ++k) {
      nodes.push_back(knots[k]);
      for (int i = 1; i < kNodes; ++i) {
        const double u = static_cast<double>(i) / kNodes;
        nodes.push_back({knots[k].tau + u * delta(k), MeanWeight(plans_[k], u)});
      }
    }
    nodes.push_back(knots.back());
    return nodes;
  }

 protected:
  void DrawInterval(const DrawRequest& request, int64_t k, int64_t first, const std::vector<double>& u,
                    PathBatch* batch) const override {
    const auto n = static_cast<int64_t>(u.size());
    Pairs pairs;
    DrawPairs(request, k, n, &pairs);
    Random random = RandomFor(request, RandomStream::kBridge, k);
    std::vector<double> z(static_cast<size_t>(dimension_), 0.0);
    const double delta_k = delta(k);
    for (int64_t i = 0; i < n; ++i) {
      // With scatter, rows come in antithetic pairs: the same curve and time, +z and -z.
      const bool mirror = bridge_.scatters && i % 2 == 1;
      const int64_t j = mirror ? i - 1 : i;
      for (double& component : z) component = mirror ? -component : bridge_.scatters ? random.Normal() : 0.0;
      const float* a = knots_[k].y.data() + pairs.from[j] * dimension_;
      const float* b = knots_[k + 1].y.data() + pairs.to[j] * dimension_;
      float* y = batch->y.data() + (first + i) * dimension_;
      const double time = u[i];
      const Scatter scatter = ScatterAt(k, time);
      float* velocity = batch->velocity.data() + (first + i) * dimension_;
      for (int64_t d = 0; d < dimension_; ++d) {
        y[d] = static_cast<float>((1 - time) * a[d] + time * b[d] + scatter.position * z[d]);
        velocity[d] = static_cast<float>((static_cast<double>(b[d]) - a[d]) / delta_k + scatter.velocity * z[d]);
      }
      batch->mass[first + i] = static_cast<float>(std::exp((1 - time) * pairs.log_start[j] + time * pairs.log_end[j]));
      batch->growth[first + i] = static_cast<float>((pairs.log_end[j] - pairs.log_start[j]) / delta_k);
      if (has_bridge_variance()) batch->bridge_variance[first + i] = static_cast<float>(scatter.variance);
    }
  }

  bool paired_times() const override { return bridge_.scatters; }
  bool has_bridge_variance() const override { return bridge_.kind == PathSpec::Bridge::kBrownian; }

 private:
  struct Pairs {
    std::vector<int32_t> from;
    std::vector<int32_t> to;
    std::vector<double> log_start;
    std::vector<double> log_end;
  };

  // The factors of z in y and y', and the variance rate of a Brownian bridge.
  struct Scatter {
    double position = 0;
    double velocity = 0;
    double variance = 0;
  };

  Scatter ScatterAt(int64_t k, double u) const {
    if (!bridge_.scatters) return {};
    const double delta_k = delta(k);
    if (bridge_.kind == PathSpec::Bridge::kSmooth) {
      return {bridge_.noise * 2 * u * (1 - u), bridge_.noise * (2 - 4 * u) / delta_k, 0};
    }
    const double tau = knots_[k].tau;
    const bool constant = bridge_.noise > 0;
    const double sigma = constant ? bridge_.noise : bridge_.dynamics.Sigma(tau + u * delta_k);
    const auto variance_to = [&](double time) {
      return constant ? sigma * sigma * time : bridge_.dynamics.Variance(tau + time) - bridge_.dynamics.Variance(tau);
    };
    const double all = variance_to(delta_k);
    const double done = variance_to(u * delta_k);
    const double left = all - done;
    if (!(all > 0) || !(left > 0)) return {0, 0, sigma * sigma};
    const double position = std::sqrt(done * left / all);
    return {position, -sigma * sigma * position / left, sigma * sigma};
  }

  static double MeanWeight(const PairPlan& plan, double u) {
    double mean = 0;
    for (size_t e = 0; e < plan.from.size(); ++e) {
      mean += plan.pairs.Share(e) * std::exp((1 - u) * plan.log_start[e] + u * plan.log_end[e]);
    }
    return mean;
  }

  void DrawPairs(const DrawRequest& request, int64_t k, int64_t n, Pairs* pairs) const {
    Random random = RandomFor(request, RandomStream::kPairs, k);
    pairs->log_start.assign(static_cast<size_t>(n), LogMass(k, 0));
    pairs->log_end.assign(static_cast<size_t>(n), LogMass(k, 1));
    if (plans_.empty()) {
      knots_[k].rows.Draw(n, random, &pairs->from);
      knots_[k + 1].rows.Draw(n, random, &pairs->to);
      return;
    }
    const PairPlan& plan = plans_[k];
    plan.pairs.Draw(n, random, &pairs->from);
    pairs->to.resize(pairs->from.size());
    for (size_t i = 0; i < pairs->from.size(); ++i) {
      const int32_t entry = pairs->from[i];
      pairs->from[i] = plan.from[entry];
      pairs->to[i] = plan.to[entry];
      if (plan.log_start.empty()) continue;
      pairs->log_start[i] = plan.log_start[entry];
      pairs->log_end[i] = plan.log_end[entry];
    }
  }

  const std::vector<PairPlan> plans_;
  const Bridge bridge_;
};

}  // namespace

absl::StatusOr<std::vector<PairPlan>> PlanIntervals(
    const PathInputs& inputs, const std::function<absl::StatusOr<PairPlan>(const Snapshot& from, const Snapshot& to,
                                                                           const TransportBlocks& blocks)>& plan) {
  std::vector<PairPlan> plans;
  const auto intervals = static_cast<double>(inputs.train.at.size() - 1);
  for (size_t k = 0; k + 1 < inputs.train.at.size(); ++k) {
    const TransportBlocks blocks{inputs.spec.plan_points, inputs.seed, k, [&](double fraction) {
                                   return inputs.on_progress
                                              ? inputs.on_progress((static_cast<double>(k) + fraction) / intervals)
                                              : absl::OkStatus();
                                 }};
    absl::StatusOr<PairPlan> made = plan(inputs.train.at[k], inputs.train.at[k + 1], blocks);
    if (!made.ok()) return made.status();
    plans.push_back(*std::move(made));
  }
  return plans;
}

std::unique_ptr<const Path> MakeCurvePath(const PathInputs& inputs, std::vector<PairPlan> plans) {
  const Standardisation& units = inputs.standardisation;
  Bridge bridge{inputs.spec.bridge, inputs.spec.bridge_noise, inputs.spec.Scatters(),
                inputs.dynamics.Standardised(units.scale, units.duration)};
  return std::make_unique<CurvePath>(StandardiseAll(inputs.train, units), std::move(plans), std::move(bridge),
                                     inputs.train.dimension);
}

}  // namespace actionmatch
