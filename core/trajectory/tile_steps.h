// TileSteps: one tile of points on its way along a motion, each point at its own time and with its own step.

#ifndef ACTIONMATCH_CORE_TRAJECTORY_TILE_STEPS_H_
#define ACTIONMATCH_CORE_TRAJECTORY_TILE_STEPS_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "core/trajectory/motion.h"
#include "core/trajectory/solvers.h"
#include "core/trajectory/trajectory.h"

namespace actionmatch {

// The frames on one side of the start, nearest first.
struct Side {
  std::vector<size_t> frames;  // indices into the trajectory
  double end = 0;              // the time of the last frame
};

// A whole integration. The times of the trajectory are set, and its points and weights have their sizes.
struct Integration {
  const Motion& motion;
  const Points& start;
  double start_time;
  const IntegrateOptions& options;
  const SolverRow& solver;
  Trajectory* out;

  absl::Status BeforeStep() const { return options.before_step ? options.before_step() : absl::OkStatus(); }
};

// The error OUT_OF_RANGE for a point whose numbers are no longer finite.
absl::Status LeftTheFinite(int64_t point, double time);

// Rows [first, first + rows) of an integration's points: state [B, D + 1], the last column the log-weight. Not
// thread-safe; tiles of one integration share nothing that they write.
class TileSteps {
 public:
  // `integration` must outlive the tile.
  TileSteps(const Integration& integration, int64_t first, int64_t rows);

  int64_t rows() const { return rows_; }
  int64_t dimension() const { return dimension_; }
  int64_t width() const { return dimension_ + 1; }
  int64_t first() const { return first_; }  // among the integration's points
  // The number that draws give to the first row, which counts from IntegrateOptions::first_row on.
  int64_t first_drawn_row() const { return integration_.options.first_row + first_; }

  // The points at the start, [B, D + 1].
  std::vector<double> StartState() const;
  // Computes all stages of a step; Combine makes a new state of them.
  void Stages(const StepRows& step);
  // out[d] = base[d] + h sum_s w_s k_s[d] for one row; base may be null (0).
  void Combine(int64_t row, const std::vector<double>& w, double h, const double* base, double* out) const {
    for (int64_t d = 0; d < width(); ++d) {
      double sum = 0;
      for (size_t s = 0; s < stages_.size(); ++s) sum += w[s] * stages_[s][row * width() + d];
      out[d] = (base == nullptr ? 0 : base[d]) + h * sum;
    }
  }
  // Stores one row's state [D + 1] as the row's part of a frame.
  void Store(size_t frame, int64_t row, const double* state) const;
  // LeftTheFinite for the first row whose state [B, D + 1] is not finite.
  absl::Status CheckFinite(const std::vector<double>& state, double time) const;

 private:
  const Integration& integration_;
  const Tableau& tableau_;
  const int64_t first_;
  const int64_t rows_;
  const int64_t dimension_;
  std::vector<std::vector<double>> stages_;  // [S] of [B, D + 1]
  std::vector<double> x_, v_, t_, growth_;   // of one stage
};

}  // namespace actionmatch

#endif  // ACTIONMATCH_CORE_TRAJECTORY_TILE_STEPS_H_
