// ThreeGene: cells of two clusters, one of which divides (actionmatch/v1/dataset.proto, ThreeGeneSimulation).

#include <array>
#include <cmath>
#include <memory>
#include <vector>

#include "core/random.h"
#include "core/simulation/generate.h"
#include "core/simulation/population.h"
#include "core/simulation/simulate.h"

namespace actionmatch {
namespace {

using Cell = std::array<double, 3>;

constexpr double kStep = 0.05;
constexpr double kMaxGrowth = 100;
constexpr double kMaxCellSteps = 1e10;  // some minutes
constexpr int64_t kCellsAtOnce = 4096;
constexpr double kDecay = 0.4;
constexpr double kDaughterScatter = 0.01;

Cell Drift(const Cell& x) {
  const double a = x[0] * x[0], b = x[1] * x[1], c = x[2] * x[2];
  return {(0.5 * a + 1) / (1 + 0.5 * a + b + 10 * c + 1) - kDecay * x[0],
          (b + 1) / (1 + 0.5 * a + b + 10 * c + 1) - kDecay * x[1], c / (1 + c) - kDecay * x[2]};
}

// The steps of one interval.
int Steps(const ThreeGene& p) { return static_cast<int>(std::ceil(p.interval / kStep)); }

// Checks the steps that cells take even if they never divide.
absl::Status CheckSteps(const ThreeGene& p) {
  const double steps = (p.snapshots - 1.0) * Steps(p) * p.points;
  if (steps <= kMaxCellSteps) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("(snapshots - 1) * (interval / ", kStep, ") * points, the steps of all cells, must be at most ",
                   kMaxCellSteps, ", is ", steps, "; ask for fewer snapshots or points, or a shorter interval"));
}

// Checks what cells have grown to: the cells that a snapshot would hold now, beside the `rows` of the snapshots before,
// and the steps taken so far.
absl::Status CheckGrown(const ThreeGene& p, double cells, double rows, double steps, int snapshot) {
  const auto outgrown = [&](absl::string_view what) {
    return absl::ResourceExhaustedError(
        absl::StrCat("the cells outgrow ", what, " at snapshot ", snapshot, "; lower division, interval or snapshots"));
  };
  if (cells > kMaxGrowth * p.points) return outgrown(absl::StrCat(kMaxGrowth, " times their first number"));
  if ((rows + cells) * 3 > kMaxNumbers) return outgrown(absl::StrCat("the limit of ", kMaxNumbers, " numbers"));
  if (steps > kMaxCellSteps) return outgrown(absl::StrCat("the limit of ", kMaxCellSteps, " steps of a cell"));
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Snapshots> Simulate(const ThreeGene& p, uint64_t seed, const BeforeDraw& before_draw) {
  absl::Status status = CheckParameters(p);
  if (status.ok()) status = CheckSize(p.snapshots, p.points, 3);
  if (status.ok()) status = CheckSteps(p);
  if (!status.ok()) return status;
  Random random(seed, RandomStream::kSimulate, 0);
  std::vector<Cell> cells(static_cast<size_t>(p.points));
  for (size_t i = 0; i < cells.size(); ++i) {
    cells[i] = i % 2 == 0 ? Cell{2, 0.2, 0} : Cell{0, 0, 2};
    for (double& gene : cells[i]) gene = std::abs(gene + 0.1 * random.Normal());
  }
  Snapshots all;
  all.dimension = 3;
  int64_t row = 0;
  const auto observe = [&](double time) {
    Snapshot snapshot;
    snapshot.time = time;
    snapshot.points.dimension = 3;
    for (const Cell& cell : cells) {
      snapshot.points.Append(cell);
      snapshot.weights.push_back(1);
      snapshot.rows.push_back(row++);
    }
    all.at.push_back(std::move(snapshot));
  };
  observe(0);
  const int steps = Steps(p);
  double taken = 0;
  const double h = p.interval / steps;
  for (int k = 1; k < p.snapshots; ++k) {
    for (int step = 0; step < steps; ++step) {
      const size_t alive = cells.size();
      for (size_t i = 0; i < alive; ++i) {
        status = AskEvery(kCellsAtOnce, static_cast<int64_t>(i), before_draw);
        if (!status.ok()) return status;
        const Cell drift = Drift(cells[i]);
        // Reflects at 0: the expression of a gene is never negative.
        for (size_t g = 0; g < 3; ++g) {
          cells[i][g] = std::abs(cells[i][g] + h * drift[g] + std::sqrt(h) * p.noise * random.Normal());
        }
        const double b = cells[i][1] * cells[i][1];
        if (random.Uniform() >= h * p.division * b / (1 + b)) continue;
        Cell daughter = cells[i];
        for (double& gene : daughter) gene = std::abs(gene + kDaughterScatter * random.Normal());
        cells.push_back(daughter);
      }
      taken += static_cast<double>(alive);
      status = CheckGrown(p, static_cast<double>(cells.size()), static_cast<double>(row), taken, k);
      if (!status.ok()) return status;
    }
    observe(k * p.interval);
  }
  return all;
}

std::unique_ptr<Population> MakeThreeGene() { return std::make_unique<PopulationOf<ThreeGene>>(); }

}  // namespace actionmatch
