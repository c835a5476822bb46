// How paths draw rows: shared by path_observed.cc and path_curves.cc.

#ifndef ACTIONMATCH_CORE_PATH_SAMPLING_H_
#define ACTIONMATCH_CORE_PATH_SAMPLING_H_

#include <cstdint>
#include <vector>

#include "core/path.h"
#include "core/random.h"

namespace actionmatch {

// A discrete distribution over [0, size), drawn systematically: n draws take the cumulative mass at (i + U)/n, one
// random offset U for all, and are then shuffled, so that they are unbiased, vary less than independent ones, and have
// no correlation with the low-discrepancy times they meet.
class Discrete {
 public:
  explicit Discrete(const std::vector<double>& mass);
  void Draw(int64_t n, Random& random, std::vector<int32_t>* indices) const;

 private:
  std::vector<double> cumulative_;  // last is 1
};

// A snapshot in standardised units, float32, row-major.
struct StandardisedSnapshot {
  double tau = 0;
  std::vector<float> y;  // [N, D]
  Discrete rows;         // by weight
};
std::vector<StandardisedSnapshot> StandardiseAll(const Snapshots& snapshots, const Standardisation& standardisation);

// The parts of a path that do not depend on what lies between the knots.
class KnotPath : public Path {
 public:
  KnotPath(std::vector<StandardisedSnapshot> knots, int64_t dimension, uint64_t seed)
      : knots_(std::move(knots)), dimension_(dimension), seed_(seed) {}

  void Draw(int64_t step, int n, bool with_boundaries, PathBatch* batch) const final;

 protected:
  // Fills rows [first, first + n) of y (and velocity) for interval k; their u are given.
  virtual void DrawInterval(int64_t step, int64_t k, int64_t first, const std::vector<double>& u,
                            PathBatch* batch) const = 0;
  // Whether each odd row has the time of the row before it.
  virtual bool mirrors_times() const { return false; }

  int64_t intervals() const { return static_cast<int64_t>(knots_.size()) - 1; }
  double delta(int64_t k) const { return knots_[k + 1].tau - knots_[k].tau; }
  // A generator of its own for each (step, interval); interval K is the boundaries'.
  Random RandomFor(RandomStream stream, int64_t step, int64_t k) const {
    return Random(seed_, stream, static_cast<uint64_t>(step * (intervals() + 1) + k));
  }

  const std::vector<StandardisedSnapshot> knots_;
  const int64_t dimension_;
  const uint64_t seed_;

 private:
  void DrawBoundary(const StandardisedSnapshot& knot, int64_t rows, Random& random, std::vector<float>* out) const;
};

std::unique_ptr<const Path> MakeObservedPath(std::vector<StandardisedSnapshot> knots, int64_t dimension, uint64_t seed);

// Independent pairs where `plans` is empty, else pairs of the plans: plans[k] couples snapshots k and k + 1.
struct PairPlan {
  std::vector<int32_t> from;
  std::vector<int32_t> to;
  Discrete pairs;
};
std::unique_ptr<const Path> MakeCurvePath(std::vector<StandardisedSnapshot> knots, std::vector<PairPlan> plans,
                                          double bridge_noise, int64_t dimension, uint64_t seed);

}  // namespace actionmatch

#endif  // ACTIONMATCH_CORE_PATH_SAMPLING_H_
