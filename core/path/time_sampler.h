// TimeSampler: where in [0, 1] the samples of a step lie, and what each counts for.
//
//   stratified      n samples in each of K intervals, u_i = frac(u_0 + i sqrt 2) within it; p = 1/(K Delta_k)
//   adaptive        K n samples from a density p(tau): its inverse distribution function of such a sequence. p is
//                   piecewise linear, proportional to the running standard deviation of the loss's interior term there,
//                   mixed with 1 % uniform
//   Gauss-Legendre  n samples in each interval, at the nodes of the rule in turn; the loss factors hold its weights
//
// The low-discrepancy sequence goes on from step to step; its only state is the running index.

#ifndef ACTIONMATCH_CORE_PATH_TIME_SAMPLER_H_
#define ACTIONMATCH_CORE_PATH_TIME_SAMPLER_H_

#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "core/spec/spec.h"

namespace actionmatch {

// The samples of one interval in one step.
struct IntervalTimes {
  std::vector<double> u;            // positions within the interval, [0, 1)
  std::vector<double> loss_factor;  // 1/p(tau), so that a mean over all samples of the step estimates int f dtau
};

// Not thread-safe.
class TimeSampler {
 public:
  // knots: the K + 1 standardised times of the snapshots, increasing, first 0, last 1.
  TimeSampler(TrainingSpec::Times kind, int quadrature_nodes, std::vector<double> knots);

  // The samples of one step, by interval. With `paired`, each odd sample of an interval repeats the one before it.
  std::vector<IntervalTimes> Draw(uint64_t seed, int64_t step, int samples, bool paired) const;

  // Adaptive times learn from the interior terms (before 1/p) at the times drawn; other kinds do nothing.
  void Update(absl::Span<const float> tau, absl::Span<const float> interior);

  // The state of adaptive times, for checkpoints: the running number of samples at each node of the density, and the
  // first and second moments there. Empty for other kinds.
  const std::vector<double>& state() const { return moments_; }
  // False if the size does not fit; the caller then returns DATA_LOSS.
  bool Restore(std::vector<double> state);

  // p(tau), for adaptive times only.
  double Density(double tau) const;

 private:
  void MakeDensity();

  TrainingSpec::Times kind_;
  int quadrature_nodes_;
  std::vector<double> knots_;
  std::vector<double> moments_;     // [3 kDensityNodes]
  std::vector<double> density_;     // at the nodes, integrates to 1
  std::vector<double> cumulative_;  // of the density up to each node
};

// Nodes in (0, 1) and weights that sum to 1, of the n-point rule, which is exact for polynomials up to degree 2n - 1.
struct QuadratureRule {
  std::vector<double> nodes;
  std::vector<double> weights;
};
QuadratureRule GaussLegendre(int n);

}  // namespace actionmatch

#endif  // ACTIONMATCH_CORE_PATH_TIME_SAMPLER_H_
