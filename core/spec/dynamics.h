// Dynamics{c, sigma, lambda} is the law of motion. It fixes both the loss and the sampler, so that these cannot
// disagree:
//
//   d_t mu = -div(mu grad c*(grad s)) + sigma^2/2 Laplacian mu + lambda s mu
//   dx = grad c*(grad s) dt + sigma dW,   d log(weight) = lambda s dt
//
// with c the cost and c* its convex conjugate (cost.h). (arXiv 2210.06662, eq. 6, 14, 19, 22.) The loss weighs times by
// w(tau), which changes a fit that cannot be exact, but not the law.

#ifndef ACTIONMATCH_CORE_SPEC_DYNAMICS_H_
#define ACTIONMATCH_CORE_SPEC_DYNAMICS_H_

#include <optional>
#include <vector>

#include "core/spec/cost.h"
#include "core/spec/setting.h"

namespace actionmatch {

struct Dynamics {
  Cost cost;
  double sigma = 0;                        // at the start; data units: x per sqrt(time)
  std::optional<double> sigma_end;         // at the end; linear in tau between; not set: as at the start
  double lambda = 0;                       // dimensionless: it acts on the standardised potential
  std::vector<double> time_weight = {1.};  // w(tau) = sum_i time_weight[i] tau^i, at least 0 on [0, 1]

  template <typename Self, typename Visit>
  static void VisitSettings(Self& dynamics, const Visit& visit) {
    visit(Setting("dynamics.cost.power").Between(1.1, 10), dynamics.cost.power);
    visit(Setting("dynamics.cost.scale").Between(1e-6, 1e6), dynamics.cost.scale);
    visit(Setting("dynamics.sigma").Between(0, 1e30), dynamics.sigma);
    visit(Setting("dynamics.sigma_end").Between(0, 1e30), dynamics.sigma_end);
    visit(Setting("dynamics.lambda").Between(0, 1e6), dynamics.lambda);
    visit(Setting("dynamics.time_weight"), dynamics.time_weight);
  }

  bool HasNoise() const { return sigma > 0 || sigma_end.value_or(0) > 0; }

  double Sigma(double tau) const;
  // int sigma^2 dtau from 0 to tau.
  double Variance(double tau) const;
  double TimeWeight(double tau) const;
  double TimeWeightSlope(double tau) const;  // dw/dtau

  // The law in standardised units: sigma_y^2 = sigma^2 T / c^2.
  Dynamics Standardised(double scale, double duration) const;
};

}  // namespace actionmatch

#endif  // ACTIONMATCH_CORE_SPEC_DYNAMICS_H_
