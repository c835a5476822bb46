// KnotPath: the part that all paths between snapshots share: how they draw rows.

#ifndef ACTIONMATCH_CORE_PATH_KNOT_PATH_H_
#define ACTIONMATCH_CORE_PATH_KNOT_PATH_H_

#include <cstdint>
#include <utility>
#include <vector>

#include "core/path/discrete.h"
#include "core/path/path.h"
#include "core/random.h"
#include "core/snapshots/snapshots.h"

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
  // Draws rows [first, first + u.size()) of interval k at these u: fills in y and mass and, for curves, velocity and
  // growth (and bridge_variance). The caller fills in tau and loss_factor.
  virtual void DrawInterval(const DrawRequest& request, int64_t k, int64_t first, const std::vector<double>& u,
                            PathBatch* batch) const = 0;
  // Whether each odd row of an interval has the time of the row before it.
  virtual bool paired_times() const { return false; }
  virtual bool has_bridge_variance() const { return false; }

  int64_t intervals() const { return static_cast<int64_t>(knots_.size()) - 1; }
  double delta(int64_t k) const { return knots_[k + 1].tau - knots_[k].tau; }
  // log m_t at position u of interval k.
  double LogMass(int64_t k, double u) const;
  // Each (step, interval) has a generator of its own; interval K stands for the boundaries.
  Random RandomFor(const DrawRequest& request, RandomStream stream, int64_t k) const {
    return Random(request.seed, stream, static_cast<uint64_t>(request.step * (intervals() + 1) + k));
  }

  const std::vector<StandardisedSnapshot> knots_;
  const int64_t dimension_;

 private:
  void DrawBoundary(const StandardisedSnapshot& knot, int64_t rows, Random& random, std::vector<float>* out) const;
};

}  // namespace actionmatch

#endif  // ACTIONMATCH_CORE_PATH_KNOT_PATH_H_
