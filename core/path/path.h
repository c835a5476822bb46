// Path: what the population mu_t = m_t q_t is taken to be at a time that nobody observed. All units are standardised:
// y, tau.
//
//   observed: y ~ (1-u) q_k + u q_{k+1} as measures
//   linear:   y = (1-u) y_k + u y_{k+1}, independent pairs
//   ot:       y as in linear, pairs drawn from an exact optimal-transport plan of the dynamics' cost
//   uot:      y as in linear, pairs drawn from the unbalanced plan that the dynamics' energy fixes
//             (unbalanced_transport.h)
//
// u = (tau - tau_k)/Delta_k. Every draw carries a weight W with E[W delta_y] = mu_t, which contains m_t. Between
// snapshots m_t is log-linear in time, except for uot, whose plan says where mass grows. Curves (all kinds but
// observed) also know their velocity y' = (y_{k+1} - y_k)/Delta_k and growth r = d/dtau log W. Bridges scatter curves
// by z ~ N(0, I), in antithetic pairs:
//   smooth:    y gains beta 2u(1-u) z, y' gains beta (2 - 4u) z / Delta_k
//   Brownian:  with A(tau) = int sigma^2 dtau within the interval, a = A(tau)/A(tau_{k+1}): y gains
//              sqrt(A_k a (1-a)) z, and y' becomes the bridge's drift: it gains -sigma^2 (scatter of y)/(A_k (1-a)). By
//              Ito, d/dtau E[S] = E[dS/dtau + y' . grad S + sigma^2/2 Laplacian S].

#ifndef ACTIONMATCH_CORE_PATH_PATH_H_
#define ACTIONMATCH_CORE_PATH_PATH_H_

#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "core/path/time_sampler.h"

namespace actionmatch {

// The samples of one training step: B rows in float32, as the network wants them.
struct PathBatch {
  int64_t rows = 0;                    // B
  int64_t dimension = 0;               // D
  std::vector<float> y;                // [B, D]
  std::vector<float> tau;              // [B]
  std::vector<float> velocity;         // [B, D]: y' along the curve; empty if the path has no curves
  std::vector<float> loss_factor;      // [B]: 1/p(tau), so that mean(loss_factor * f) estimates int E[f] dtau
  std::vector<float> mass;             // [B]: W
  std::vector<float> growth;           // [B]: r; empty if the path has no curves
  std::vector<float> bridge_variance;  // [B]: sigma^2 of the Brownian bridge; empty if there is none
  std::vector<float> start;            // [B, D]: draws from q_0, for the action form; empty unless asked for
  std::vector<float> end;              // [B, D]: draws from q_1
  double start_mass = 1;               // m_0
  double end_mass = 1;                 // m_1
};

// The rows drawn in each interval if `samples` are asked for. On a path that scatters, an odd number is rounded up: a
// row without its antithetic twin would bring back the infinite variance that the twins cancel.
inline int RowsOfInterval(bool scatters, int samples) { return samples + (scatters ? samples % 2 : 0); }

struct DrawRequest {
  uint64_t seed = 0;
  int64_t step = 0;
  int samples = 1;  // asked of each interval, rounded by RowsOfInterval; a batch has K times as many
  bool with_boundaries = false;
  const TimeSampler* times = nullptr;  // required
};

// The mass m of the population at a time between the snapshots.
struct MassNode {
  double tau = 0;
  double mass = 1;
};

// A source of draws from mu_t: snapshots (make_path.h), windows of their rows (window_path.h) or samplers of known
// distributions (in tests). Thread-safe after construction, except for Prepare.
class Path {
 public:
  virtual ~Path() = default;
  // Whether the path has curves, and so velocities and the conditional form.
  virtual bool has_curves() const = 0;
  // The standardised times of the snapshots, first 0, last 1. A TimeSampler needs them.
  virtual std::vector<double> knots() const = 0;
  // m_tau at the knots and, if it is not log-linear between them by definition, at times between them. Log-linear
  // interpolation between all of these is right to a relative error of 1.3e-4 Var[log(W_{k+1}/W_k)].
  virtual std::vector<MassNode> masses() const = 0;
  // Brings in what the draws of a step need, if it is not in memory. A step's draws come after its Prepare, and no
  // Prepare runs beside a draw. Blocks on disk; its error is final.
  virtual absl::Status Prepare(int64_t /*step*/) const { return absl::OkStatus(); }
  // The samples of one step: a pure function of the path and the request (with the density of its time sampler).
  virtual void Draw(const DrawRequest& request, PathBatch* batch) const = 0;
};

}  // namespace actionmatch

#endif  // ACTIONMATCH_CORE_PATH_PATH_H_
