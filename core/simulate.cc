#include "core/simulate.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "core/random.h"

namespace actionmatch {
namespace {

absl::Status CheckRange(absl::string_view name, double value, double low, double high) {
  if (value >= low && value <= high) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(name, " must be ", low, " to ", high, ", is ", value));
}

constexpr double kLargest = 1e6;  // of lengths: far from where double precision would lose the scatter

// All parameters together may not ask for more numbers than memory holds.
absl::Status CheckSize(int snapshots, int points, int dimension) {
  const double numbers = static_cast<double>(snapshots) * points * dimension;
  if (numbers <= 1e8) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("snapshots * points * dimension must be at most 1e8, is ", numbers, "; ask for fewer points"));
}

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

absl::Status FirstError(std::initializer_list<absl::Status> checks) {
  for (const absl::Status& status : checks) {
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
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

}  // namespace actionmatch
