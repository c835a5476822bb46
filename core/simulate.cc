#include "core/simulate.h"

#include <algorithm>
#include <cmath>

#include "core/random.h"
#include "core/simulate_checks.h"

namespace actionmatch {
namespace {

// Calls fill(k, random, point) for each point of each snapshot; times(k) are evenly spaced over [0, last].
template <typename Fill>
Snapshots Generate(int snapshots, int points, int dimension, double last, uint64_t seed, const Fill& fill) {
  Snapshots all;
  all.dimension = dimension;
  int64_t row = 0;
  for (int k = 0; k < snapshots; ++k) {
    Snapshot s;
    s.time = last * k / (snapshots - 1);
    s.points.dimension = dimension;
    s.points.values.resize(static_cast<size_t>(points) * static_cast<size_t>(dimension));
    s.weights.assign(static_cast<size_t>(points), 1.0);
    Random random(seed, RandomStream::kSimulate, static_cast<uint64_t>(k));
    for (int i = 0; i < points; ++i) {
      fill(static_cast<double>(k) / (snapshots - 1), random, s.points.row(i));
      s.rows.push_back(row++);
    }
    all.at.push_back(std::move(s));
  }
  return all;
}

}  // namespace

absl::StatusOr<Snapshots> Simulate(const Gaussians& p, uint64_t seed) {
  const absl::Status status =
      FirstError({CheckRange("dimension", p.dimension, 1, 1024), CheckRange("snapshots", p.snapshots, 2, 1000),
                  CheckRange("points", p.points, 1, 1000000), CheckRange("shift", p.shift, -kLargest, kLargest),
                  CheckRange("spread", p.spread, -0.999, kLargest), CheckSize(p.snapshots, p.points, p.dimension)});
  if (!status.ok()) return status;
  return Generate(p.snapshots, p.points, p.dimension, 1.0, seed, [&](double t, Random& random, absl::Span<double> x) {
    for (double& component : x) component = (1 + t * p.spread) * random.Normal();
    x[0] += t * p.shift;
  });
}

absl::StatusOr<Snapshots> Simulate(const Branching& p, uint64_t seed) {
  const absl::Status status =
      FirstError({CheckRange("dimension", p.dimension, 2, 1024), CheckRange("snapshots", p.snapshots, 2, 1000),
                  CheckRange("points", p.points, 1, 1000000), CheckRange("branches", p.branches, 1, 64),
                  CheckRange("length", p.length, 1e-6, kLargest), CheckRange("noise", p.noise, 0, kLargest),
                  CheckSize(p.snapshots, p.points, p.dimension)});
  if (!status.ok()) return status;
  return Generate(p.snapshots, p.points, p.dimension, p.snapshots - 1.0, seed,
                  [&](double u, Random& random, absl::Span<double> x) {
                    const auto branch = static_cast<double>(random.Below(static_cast<uint64_t>(p.branches)));
                    const double side = p.branches == 1 ? 0 : 2 * branch / (p.branches - 1) - 1;
                    for (double& component : x) component = p.noise * random.Normal();
                    x[0] += p.length * u;
                    x[1] += side * p.length * std::pow(std::max(0.0, u - 1.0 / 3), 1.5);
                  });
}

absl::StatusOr<Snapshots> Simulate(const OrnsteinUhlenbeck& p, uint64_t seed) {
  const absl::Status status =
      FirstError({CheckRange("dimension", p.dimension, 1, 1024), CheckRange("snapshots", p.snapshots, 2, 1000),
                  CheckRange("points", p.points, 1, 1000000), CheckRange("duration", p.duration, 1e-6, kLargest),
                  CheckRange("rate", p.rate, 1e-6, kLargest), CheckRange("sigma", p.sigma, 0, kLargest),
                  CheckRange("start", p.start, -kLargest, kLargest), CheckRange("spread", p.spread, 0, kLargest),
                  CheckSize(p.snapshots, p.points, p.dimension)});
  if (!status.ok()) return status;
  return Generate(p.snapshots, p.points, p.dimension, p.duration, seed,
                  [&](double u, Random& random, absl::Span<double> x) {
                    const double left = std::exp(-p.rate * u * p.duration);
                    const double variance =
                        p.spread * p.spread * left * left + p.sigma * p.sigma * (1 - left * left) / (2 * p.rate);
                    for (double& component : x) component = std::sqrt(variance) * random.Normal();
                    x[0] += p.start * left;
                  });
}

}  // namespace actionmatch
