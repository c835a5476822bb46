#include "core/path/time_sampler.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/random.h"

namespace actionmatch {
namespace {

constexpr size_t kDensityNodes = 65;
constexpr double kForget = 0.01;  // a step's share in the running moments
constexpr double kUniformShare = 0.01;
constexpr double kEnough = 1.0;  // the running number of samples that a node needs before its deviation counts

// Element `index` of the sequence frac(u_0 + i sqrt 2), u_0 by (seed, k).
double LowDiscrepancy(uint64_t seed, int64_t k, double index) {
  const auto words = Philox(seed, RandomStream::kTimes, static_cast<uint64_t>(k), 0);
  // Only the fractional part of sqrt 2 matters; it is kept apart so that large indices lose no digits to its whole
  // part.
  constexpr double kFraction = 0.41421356237309504880;
  const double u = ToUniform(words[0], words[1]) + index * kFraction;
  return u - std::floor(u);
}

}  // namespace

TimeSampler::TimeSampler(TrainingSpec::Times kind, int quadrature_nodes, std::vector<double> knots)
    : kind_(kind), quadrature_nodes_(quadrature_nodes), knots_(std::move(knots)) {
  if (kind_ != TrainingSpec::Times::kAdaptive) return;
  moments_.assign(3 * kDensityNodes, 0.0);
  MakeDensity();
}

std::vector<IntervalTimes> TimeSampler::Draw(uint64_t seed, int64_t step, int samples, bool paired) const {
  const size_t count = knots_.size() - 1;
  const auto all = static_cast<double>(count);
  std::vector<IntervalTimes> times(count);
  const int group = paired ? 2 : 1;
  if (kind_ == TrainingSpec::Times::kAdaptive) {
    const auto total = static_cast<int64_t>(count) * samples;
    for (int64_t i = 0; i < total; ++i) {
      const int64_t first = i - i % group;
      const auto index = static_cast<double>(step) * static_cast<double>(total) + static_cast<double>(first);
      const double p = LowDiscrepancy(seed, 0, index);
      // The inverse of the distribution function: within a cell the density is linear.
      const auto after = std::upper_bound(cumulative_.begin() + 1, cumulative_.end() - 1, p);
      const auto cell = static_cast<size_t>(after - cumulative_.begin()) - 1;
      const double width = 1.0 / (kDensityNodes - 1);
      const double low = density_[cell];
      const double slope = (density_[cell + 1] - low) / width;
      const double mass = p - cumulative_[cell];
      const double offset = 2 * mass / (low + std::sqrt(std::max(0.0, low * low + 2 * slope * mass)));
      const double tau = std::min((static_cast<double>(cell) + offset / width) * width, std::nextafter(1.0, 0.0));
      const auto next = std::upper_bound(knots_.begin() + 1, knots_.end() - 1, tau);
      const auto k = static_cast<size_t>(next - knots_.begin()) - 1;
      times[k].u.push_back((tau - knots_[k]) / (knots_[k + 1] - knots_[k]));
      times[k].loss_factor.push_back(1 / Density(tau));
    }
    return times;
  }
  const QuadratureRule rule =
      kind_ == TrainingSpec::Times::kGaussLegendre ? GaussLegendre(quadrature_nodes_) : QuadratureRule();
  for (size_t k = 0; k < count; ++k) {
    const double weight = all * (knots_[k + 1] - knots_[k]);
    for (int i = 0; i < samples; ++i) {
      if (rule.nodes.empty()) {
        const double index = static_cast<double>(step) * samples + (i - i % group);
        times[k].u.push_back(LowDiscrepancy(seed, static_cast<int64_t>(k), index));
        times[k].loss_factor.push_back(weight);
      } else {
        // A step of fewer samples than nodes goes on where the last one stopped.
        const auto nodes = static_cast<int64_t>(rule.nodes.size());
        const auto node = static_cast<size_t>((step * samples + i) / group % nodes);
        times[k].u.push_back(rule.nodes[node]);
        times[k].loss_factor.push_back(weight * static_cast<double>(nodes) * rule.weights[node]);
      }
    }
  }
  return times;
}

void TimeSampler::Update(absl::Span<const float> tau, absl::Span<const float> interior) {
  if (kind_ != TrainingSpec::Times::kAdaptive) return;
  for (double& moment : moments_) moment *= 1 - kForget;
  for (size_t i = 0; i < tau.size(); ++i) {
    const double position = std::min(static_cast<double>(tau[i]), 1.0) * (kDensityNodes - 1);
    const auto cell = std::min(static_cast<size_t>(position), kDensityNodes - 2);
    const double share = position - static_cast<double>(cell);
    for (const auto& [node, part] : {std::pair<size_t, double>{cell, 1 - share}, {cell + 1, share}}) {
      const double value = interior[i];
      moments_[3 * node] += part;
      moments_[3 * node + 1] += part * value;
      moments_[3 * node + 2] += part * value * value;
    }
  }
  MakeDensity();
}

bool TimeSampler::Restore(std::vector<double> state) {
  if (state.size() != moments_.size()) return false;
  moments_ = std::move(state);
  if (kind_ == TrainingSpec::Times::kAdaptive) MakeDensity();
  return true;
}

void TimeSampler::MakeDensity() {
  std::vector<double> deviation(kDensityNodes, 0.0);
  double known = 0, sum = 0;
  for (size_t node = 0; node < kDensityNodes; ++node) {
    const double weight = moments_[3 * node];
    if (weight < kEnough) continue;
    const double mean = moments_[3 * node + 1] / weight;
    deviation[node] = std::sqrt(std::max(0.0, moments_[3 * node + 2] / weight - mean * mean));
    sum += deviation[node];
    ++known;
  }
  // Nodes about which nothing is known yet get the mean of the others.
  const double fallback = known > 0 ? sum / known : 0;
  for (size_t node = 0; node < kDensityNodes; ++node) {
    if (moments_[3 * node] < kEnough) deviation[node] = fallback;
  }
  const double width = 1.0 / (kDensityNodes - 1);
  double integral = 0;
  for (size_t node = 0; node + 1 < kDensityNodes; ++node)
    integral += (deviation[node] + deviation[node + 1]) / 2 * width;
  density_.assign(kDensityNodes, 1.0);
  if (integral > 0 && std::isfinite(integral)) {
    for (size_t node = 0; node < kDensityNodes; ++node) {
      density_[node] = kUniformShare + (1 - kUniformShare) * deviation[node] / integral;
    }
  }
  cumulative_.assign(kDensityNodes, 0.0);
  for (size_t node = 0; node + 1 < kDensityNodes; ++node) {
    cumulative_[node + 1] = cumulative_[node] + (density_[node] + density_[node + 1]) / 2 * width;
  }
}

double TimeSampler::Density(double tau) const {
  const double position = tau * (kDensityNodes - 1);
  const auto cell = std::min(static_cast<size_t>(position), kDensityNodes - 2);
  const double share = position - static_cast<double>(cell);
  return (1 - share) * density_[cell] + share * density_[cell + 1];
}

QuadratureRule GaussLegendre(int n) {
  QuadratureRule rule;
  for (int i = 0; i < n; ++i) {
    // Newton's method from Tricomi's guess of the i-th root of the Legendre polynomial P_n on (-1, 1).
    constexpr double kPi = 3.14159265358979323846;
    double x = -std::cos(kPi * (i + 0.75) / (n + 0.5));
    double slope = 1;
    for (int iteration = 0; iteration < 100; ++iteration) {
      double p = 1, before = 0;
      for (int j = 1; j <= n; ++j) before = std::exchange(p, ((2 * j - 1) * x * p - (j - 1) * before) / j);
      slope = n * (x * p - before) / (x * x - 1);
      const double step = p / slope;
      x -= step;
      if (std::abs(step) < 1e-15) break;
    }
    rule.nodes.push_back((1 + x) / 2);
    rule.weights.push_back(1 / ((1 - x * x) * slope * slope));
  }
  return rule;
}

}  // namespace actionmatch
