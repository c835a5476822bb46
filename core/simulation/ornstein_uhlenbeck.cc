// OrnsteinUhlenbeck: a mean-reverting diffusion (actionmatch/v1/dataset.proto, OrnsteinUhlenbeckSimulation).

#include <cmath>
#include <memory>

#include "core/random.h"
#include "core/simulation/generate.h"
#include "core/simulation/population.h"
#include "core/simulation/simulate.h"

namespace actionmatch {

absl::StatusOr<Snapshots> Simulate(const OrnsteinUhlenbeck& p, uint64_t seed, const BeforeDraw& before_draw) {
  absl::Status status = CheckParameters(p);
  if (status.ok()) status = CheckSize(p.snapshots, p.points, p.dimension);
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

std::unique_ptr<Population> MakeOrnsteinUhlenbeck() { return std::make_unique<PopulationOf<OrnsteinUhlenbeck>>(); }

}  // namespace actionmatch
