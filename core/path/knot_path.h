// KnotPath: what the paths of observed_path.cc and curve_path.cc share, how they draw rows.

#ifndef ACTIONMATCH_CORE_PATH_KNOT_PATH_H_
#define ACTIONMATCH_CORE_PATH_KNOT_PATH_H_

#include <cstdint>
#include <vector>

#include "core/path/discrete.h"
#include "core/path/path.h"
#include "core/random.h"

namespace actionmatch {

// A snapshot in standardised units, float32, row-major.
struct StandardisedSnapshot {
  double tau = 0;
  double mass = 1;       // m_k
  std::vector<float> y;  // [N, D]
  Discrete rows;         // by weight
};
std::vector<StandardisedSnapshot> StandardiseAll(const Snapshots& snapshots, const Standardisation& standardisation);

// The parts of a path that do not depend on what lies between the knots.
class KnotPath : public Path {
 public:
  KnotPath(std::vector<StandardisedSnapshot> knots, int64_t dimension)
      : knots_(std::move(knots)), dimension_(dimension) {}

  std::vector<double> knots() const final;
  std::vector<MassNode> masses() const override;
  void Draw(const DrawRequest& request, PathBatch* batch) const final;

 protected:
  // Rows [first, first + u.size()) of interval k; their u are given, tau and weight filled in by the caller. It fills
  // y and mass, and for curves velocity and growth (and bridge_variance).
  virtual void DrawInterval(const DrawRequest& request, int64_t k, int64_t first, const std::vector<double>& u,
                            PathBatch* batch) const = 0;
  // Whether each odd row of an interval has the time of the row before it.
  virtual bool paired_times() const { return false; }
  virtual bool has_bridge_variance() const { return false; }

  int64_t intervals() const { return static_cast<int64_t>(knots_.size()) - 1; }
  double delta(int64_t k) const { return knots_[k + 1].tau - knots_[k].tau; }
  // log m_t at position u of interval k.
  double LogMass(int64_t k, double u) const;
  // A generator of its own for each (step, interval); interval K is the boundaries'.
  Random RandomFor(const DrawRequest& request, RandomStream stream, int64_t k) const {
    return Random(request.seed, stream, static_cast<uint64_t>(request.step * (intervals() + 1) + k));
  }

  const std::vector<StandardisedSnapshot> knots_;
  const int64_t dimension_;

 private:
  void DrawBoundary(const StandardisedSnapshot& knot, int64_t rows, Random& random, std::vector<float>* out) const;
};

std::unique_ptr<const Path> MakeObservedPath(std::vector<StandardisedSnapshot> knots, int64_t dimension);

// Pairs that couple snapshots k and k + 1: entry e is drawn with its share of `pairs`, and weighs
// exp((1-u) log_start[e] + u log_end[e]).
struct PairPlan {
  std::vector<int32_t> from;
  std::vector<int32_t> to;
  Discrete pairs;
  std::vector<float> log_start;  // empty: log m_k
  std::vector<float> log_end;    // empty: log m_{k+1}
};

// Scatter around curves, in standardised units.
struct Bridge {
  PathSpec::Bridge kind = PathSpec::Bridge::kSmooth;
  double noise = 0;       // smooth: beta; Brownian: its constant sigma, or 0 for that of the dynamics
  bool scatters = false;  // whether there is any
  Dynamics dynamics;      // standardised
};

// Independent pairs where `plans` is empty, else plans[k] couples snapshots k and k + 1.
std::unique_ptr<const Path> MakeCurvePath(std::vector<StandardisedSnapshot> knots, std::vector<PairPlan> plans,
                                          Bridge bridge, int64_t dimension);

}  // namespace actionmatch

#endif  // ACTIONMATCH_CORE_PATH_KNOT_PATH_H_
