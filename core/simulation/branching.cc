// Branching: cells that set out together and part into branches (actionmatch/v1/dataset.proto, BranchingSimulation).

#include <algorithm>
#include <cmath>
#include <memory>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/random.h"
#include "core/simulation/generate.h"
#include "core/simulation/population.h"
#include "core/simulation/simulate.h"

namespace actionmatch {
namespace {

// The checks of growth, once each parameter is valid.
absl::Status CheckGrowth(const Branching& p) {
  if (!p.growth.empty() && p.growth.size() != static_cast<size_t>(p.branches)) {
    return absl::InvalidArgumentError(absl::StrCat("growth must hold one rate for each of the ", p.branches,
                                                   " branches, or none, holds ", p.growth.size()));
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

double RelativeMass(const Branching& p, double t) {
  if (p.growth.empty()) return 1;
  double sum = 0;
  for (double rate : p.growth) sum += std::exp(rate * t);
  return sum / static_cast<double>(p.growth.size());
}

absl::StatusOr<Snapshots> Simulate(const Branching& p, uint64_t seed, const BeforeDraw& before_draw) {
  absl::Status status = CheckParameters(p);
  if (status.ok()) status = CheckSize(p.snapshots, p.points, p.dimension);
  if (status.ok()) status = CheckGrowth(p);
  if (!status.ok()) return status;
  const bool grows = std::any_of(p.growth.begin(), p.growth.end(), [](double rate) { return rate != 0; });
  const double last = p.snapshots - 1.0;
  std::vector<int64_t> counts(static_cast<size_t>(p.snapshots));
  for (int k = 0; k < p.snapshots; ++k) counts[k] = std::llround(p.points * RelativeMass(p, k));
  // Draws a branch by its share of the mass at that time.
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

std::unique_ptr<Population> MakeBranching() { return std::make_unique<PopulationOf<Branching>>(); }

}  // namespace actionmatch
