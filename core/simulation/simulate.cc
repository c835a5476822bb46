#include "core/simulation/simulate.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/random.h"
#include "core/simulation/simulation_checks.h"

namespace actionmatch {
namespace {

constexpr int64_t kRowsAtOnce = 256;

// Calls fill(u, random, point) for each of the counts[k] points of snapshot k; times are evenly spaced over [0, last].
template <typename Fill>
absl::StatusOr<Snapshots> Generate(const std::vector<int64_t>& counts, int dimension, double last, uint64_t seed,
                                   const BeforeDraw& before_draw, const Fill& fill) {
  Snapshots all;
  all.dimension = dimension;
  const auto intervals = static_cast<double>(counts.size() - 1);
  int64_t row = 0;
  for (size_t k = 0; k < counts.size(); ++k) {
    Snapshot s;
    s.time = last * static_cast<double>(k) / intervals;
    s.points.dimension = dimension;
    s.points.values.resize(static_cast<size_t>(counts[k]) * static_cast<size_t>(dimension));
    s.weights.assign(static_cast<size_t>(counts[k]), 1.0);
    Random random(seed, RandomStream::kSimulate, k);
    for (int64_t i = 0; i < counts[k]; ++i) {
      if (absl::Status status = AskEvery(kRowsAtOnce, i, before_draw); !status.ok()) return status;
      fill(static_cast<double>(k) / intervals, random, s.points.row(i));
      s.rows.push_back(row++);
    }
    all.at.push_back(std::move(s));
  }
  return all;
}

// As many at each time.
std::vector<int64_t> Constant(int snapshots, int points) {
  return std::vector<int64_t>(static_cast<size_t>(snapshots), points);
}

// The growth's own checks, once all other parameters are valid.
absl::Status CheckGrowth(const Branching& p) {
  if (!p.growth.empty() && p.growth.size() != static_cast<size_t>(p.branches)) {
    return absl::InvalidArgumentError(absl::StrCat("growth must hold one rate for each of the ", p.branches,
                                                   " branches, or none, holds ", p.growth.size()));
  }
  for (double rate : p.growth) {
    if (absl::Status status = CheckRange("growth", rate, -10, 10); !status.ok()) return status;
  }
  double cells = 0;
  for (int k = 0; k < p.snapshots; ++k) {
    const double count = p.points * RelativeMass(p, k);
    if (std::round(count) < 1) {
      return absl::InvalidArgumentError(
          absl::StrCat("growth leaves no cell at time ", k, ": raise it, or points, or lower snapshots"));
    }
    cells += count;
  }
  return CheckSize(1, cells, p.dimension);
}

}  // namespace

absl::StatusOr<Snapshots> Simulate(const Gaussians& p, uint64_t seed, const BeforeDraw& before_draw) {
  const absl::Status status =
      FirstError({CheckRange("dimension", p.dimension, 1, 1024), CheckRange("snapshots", p.snapshots, 2, 1000),
                  CheckRange("points", p.points, 1, 1000000), CheckRange("shift", p.shift, -kLargest, kLargest),
                  CheckRange("spread", p.spread, -0.999, kLargest), CheckSize(p.snapshots, p.points, p.dimension)});
  if (!status.ok()) return status;
  return Generate(Constant(p.snapshots, p.points), p.dimension, 1.0, seed, before_draw,
                  [&](double t, Random& random, absl::Span<double> x) {
                    for (double& component : x) component = (1 + t * p.spread) * random.Normal();
                    x[0] += t * p.shift;
                  });
}

double RelativeMass(const Branching& p, double t) {
  if (p.growth.empty()) return 1;
  double sum = 0;
  for (double rate : p.growth) sum += std::exp(rate * t);
  return sum / static_cast<double>(p.growth.size());
}

absl::StatusOr<Snapshots> Simulate(const Branching& p, uint64_t seed, const BeforeDraw& before_draw) {
  absl::Status status =
      FirstError({CheckRange("dimension", p.dimension, 2, 1024), CheckRange("snapshots", p.snapshots, 2, 1000),
                  CheckRange("points", p.points, 1, 1000000), CheckRange("branches", p.branches, 1, 64),
                  CheckRange("length", p.length, 1e-6, kLargest), CheckRange("noise", p.noise, 0, kLargest),
                  CheckSize(p.snapshots, p.points, p.dimension)});
  if (status.ok()) status = CheckGrowth(p);
  if (!status.ok()) return status;
  const bool grows = std::any_of(p.growth.begin(), p.growth.end(), [](double rate) { return rate != 0; });
  const double last = p.snapshots - 1.0;
  std::vector<int64_t> counts(static_cast<size_t>(p.snapshots));
  for (int k = 0; k < p.snapshots; ++k) counts[k] = std::llround(p.points * RelativeMass(p, k));
  // A branch by its share of the mass at that time.
  const auto draw_branch = [&](double t, Random& random) -> double {
    if (!grows) return static_cast<double>(random.Below(static_cast<uint64_t>(p.branches)));
    double left = random.Uniform() * RelativeMass(p, t) * p.branches;
    int branch = 0;
    while (branch + 1 < p.branches && left >= std::exp(p.growth[branch] * t)) left -= std::exp(p.growth[branch++] * t);
    return branch;
  };
  return Generate(counts, p.dimension, last, seed, before_draw, [&](double u, Random& random, absl::Span<double> x) {
    const double branch = draw_branch(u * last, random);
    const double side = p.branches == 1 ? 0 : 2 * branch / (p.branches - 1) - 1;
    for (double& component : x) component = p.noise * random.Normal();
    x[0] += p.length * u;
    x[1] += side * p.length * std::pow(std::max(0.0, u - 1.0 / 3), 1.5);
  });
}

absl::StatusOr<Snapshots> Simulate(const OrnsteinUhlenbeck& p, uint64_t seed, const BeforeDraw& before_draw) {
  const absl::Status status =
      FirstError({CheckRange("dimension", p.dimension, 1, 1024), CheckRange("snapshots", p.snapshots, 2, 1000),
                  CheckRange("points", p.points, 1, 1000000), CheckRange("duration", p.duration, 1e-6, kLargest),
                  CheckRange("rate", p.rate, 1e-6, kLargest), CheckRange("sigma", p.sigma, 0, kLargest),
                  CheckRange("start", p.start, -kLargest, kLargest), CheckRange("spread", p.spread, 0, kLargest),
                  CheckSize(p.snapshots, p.points, p.dimension)});
  if (!status.ok()) return status;
  return Generate(Constant(p.snapshots, p.points), p.dimension, p.duration, seed, before_draw,
                  [&](double u, Random& random, absl::Span<double> x) {
                    const double left = std::exp(-p.rate * u * p.duration);
                    const double variance =
                        p.spread * p.spread * left * left + p.sigma * p.sigma * (1 - left * left) / (2 * p.rate);
                    for (double& component : x) component = std::sqrt(variance) * random.Normal();
                    x[0] += p.start * left;
                  });
}

}  // namespace actionmatch
