// Gaussians: a normal distribution that moves and widens (actionmatch/v1/dataset.proto, GaussiansSimulation).

#include <memory>

#include "core/random.h"
#include "core/simulation/generate.h"
#include "core/simulation/population.h"
#include "core/simulation/simulate.h"

namespace actionmatch {

absl::StatusOr<Snapshots> Simulate(const Gaussians& p, uint64_t seed, const BeforeDraw& before_draw) {
  absl::Status status = CheckParameters(p);
  if (status.ok()) status = CheckSize(p.snapshots, p.points, p.dimension);
  if (!status.ok()) return status;
  return Generate(Constant(p.snapshots, p.points), p.dimension, 1.0, seed, before_draw,
                  [&](double t, Random& random, absl::Span<double> x) {
                    for (double& component : x) component = (1 + t * p.spread) * random.Normal();
                    x[0] += t * p.shift;
                  });
}

std::unique_ptr<Population> MakeGaussians() { return std::make_unique<PopulationOf<Gaussians>>(); }

}  // namespace actionmatch
