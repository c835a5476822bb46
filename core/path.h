// Path: what the population q_t is taken to be at a time nobody observed. All in standardised units: y, tau.
//
//   observed: y ~ (1-u) q_k + u q_{k+1} as measures
//   linear:   y = (1-u) y_k + u y_{k+1}, independent pairs
//   ot:       the same, pairs drawn from an exact optimal-transport plan
//
// u = (tau - tau_k)/Delta_k. Curves (linear, ot) also know their velocity y' = (y_{k+1} - y_k)/Delta_k. With bridge
// noise beta, y gains beta 2u(1-u) z, z ~ N(0, I), and y' gains beta (2 - 4u) z / Delta_k; z comes in antithetic pairs.

#ifndef ACTIONMATCH_CORE_PATH_H_
#define ACTIONMATCH_CORE_PATH_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/snapshots.h"

namespace actionmatch {

// One training step's samples: B = K n rows, n in each interval. float32, as the network wants them.
struct PathBatch {
  int64_t rows = 0;             // B
  int64_t dimension = 0;        // D
  std::vector<float> y;         // [B, D]
  std::vector<float> tau;       // [B]
  std::vector<float> velocity;  // [B, D]: y' along the curve; empty where the path has no curves
  std::vector<float> weight;    // [B]: 1/p(tau), so that mean(weight * f) estimates int E[f] dtau
  std::vector<float> start;     // [B, D]: draws from q_0, for the action form; empty unless asked for
  std::vector<float> end;       // [B, D]: draws from q_1
};

// Where q_t comes from. Two kinds exist: snapshots (MakePath) and samplers of known laws (in tests).
// Thread-safe after construction.
class Path {
 public:
  virtual ~Path() = default;
  // Whether curves, and so velocities and the conditional form, exist.
  virtual bool has_curves() const = 0;
  // The samples of step `step`: a pure function of (seed given at construction, step, n).
  virtual void Draw(int64_t step, int n, bool with_boundaries, PathBatch* batch) const = 0;
};

// kAuto resolved: kOt, or kObserved where there are 20 snapshots or more and neighbours overlap. They overlap if, for
// every neighbouring pair, the median distance from a point of one to the nearest point of the other is at most twice
// the median distance from a point to its nearest fellow in its own snapshot (over at most 500 points each). `reason`
// says it in a sentence.
struct PathChoice {
  PathSpec::Kind kind;
  std::string reason;
};
PathChoice ChoosePath(const PathSpec& spec, const Snapshots& train);

// `train` holds the rows to train on, in data units. Computes the plans: `on_progress` hears the fraction done, 0 to 1,
// and its error, if any, ends the work and is returned. kind must be resolved (not kAuto).
absl::StatusOr<std::unique_ptr<const Path>> MakePath(const PathSpec& spec, const Snapshots& train,
                                                     const Standardisation& standardisation, uint64_t seed,
                                                     const std::function<absl::Status(double fraction)>& on_progress);

}  // namespace actionmatch

#endif  // ACTIONMATCH_CORE_PATH_H_
