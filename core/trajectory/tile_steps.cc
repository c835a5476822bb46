#include "core/trajectory/tile_steps.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "core/cause.h"

namespace actionmatch {

absl::Status LeftTheFinite(int64_t point, double time) {
  return ErrorOf(kNotFinite, {{"point", absl::StrCat(point)}, {"time", absl::StrCat(time)}},
                 absl::StrCat("point ", point, " left the finite numbers near time ", time,
                              ": it is too far from what the field was trained on, or steps are too "
                              "long; start nearer to the data, or take more steps"));
}

TileSteps::TileSteps(const Integration& integration, int64_t first, int64_t rows)
    : integration_(integration),
      tableau_(integration.solver.tableau),
      first_(first),
      rows_(rows),
      dimension_(integration.start.dimension),
      stages_(tableau_.c.size()) {
  for (auto& stage : stages_) stage.assign(static_cast<size_t>(rows_ * width()), 0.0);
  x_.assign(static_cast<size_t>(rows_ * dimension_), 0.0);
  v_ = x_;
  t_.assign(static_cast<size_t>(rows_), 0.0);
  growth_ = t_;
}

std::vector<double> TileSteps::StartState() const {
  std::vector<double> state(static_cast<size_t>(rows_ * width()), 0.0);
  for (int64_t i = 0; i < rows_; ++i) {
    const auto row = integration_.start.row(first_ + i);
    std::copy(row.begin(), row.end(), state.begin() + i * width());
  }
  return state;
}

void TileSteps::Stages(const StepRows& step) {
  const Motion& motion = integration_.motion;
  if (motion.stages) {
    motion.stages(tableau_, step, &stages_);
    return;
  }
  for (size_t s = 0; s < stages_.size(); ++s) {
    for (int64_t i = 0; i < rows_; ++i) {
      t_[i] = step.t[i] + tableau_.c[s] * step.h[i];
      for (int64_t d = 0; d < dimension_; ++d) {
        double sum = 0;
        for (size_t j = 0; j < tableau_.a[s].size(); ++j) sum += tableau_.a[s][j] * stages_[j][i * width() + d];
        x_[i * dimension_ + d] = step.state[i * width() + d] + step.h[i] * sum;
        if (!step.noise.empty()) x_[i * dimension_ + d] += tableau_.c[s] * step.noise[i * dimension_ + d];
      }
    }
    motion.velocity(first_drawn_row(), t_, x_, absl::MakeSpan(v_), absl::MakeSpan(growth_));
    for (int64_t i = 0; i < rows_; ++i) {
      std::copy_n(v_.begin() + i * dimension_, dimension_, stages_[s].begin() + i * width());
      stages_[s][i * width() + dimension_] = growth_[i];
    }
  }
}

void TileSteps::Store(size_t frame, int64_t row, const double* state) const {
  Trajectory& out = *integration_.out;
  std::copy_n(state, dimension_, out.points[frame].values.begin() + (first_ + row) * dimension_);
  out.log_weights[frame][first_ + row] = state[dimension_];
}

absl::Status TileSteps::CheckFinite(const std::vector<double>& state, double time) const {
  for (int64_t i = 0; i < rows_ * width(); ++i) {
    if (!std::isfinite(state[i])) return LeftTheFinite(first_ + i / width(), time);
  }
  return absl::OkStatus();
}

}  // namespace actionmatch
