#include "core/trajectory/adaptive_steps.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/cause.h"

namespace actionmatch {
namespace {

class AdaptiveSteps {
 public:
  AdaptiveSteps(const Integration& integration, const Side& side, int64_t first, int64_t rows)
      : integration_(integration),
        tableau_(integration.solver.tableau),
        side_(side),
        direction_(side.end > integration.start_time ? 1 : -1),
        tile_(integration, first, rows),
        state_(tile_.StartState()),
        t_(static_cast<size_t>(rows), integration.start_time),
        h_(static_cast<size_t>(rows),
           direction_ * std::min(integration.motion.span / 20, std::abs(side.end - integration.start_time))),
        frame_(static_cast<size_t>(rows), 0),
        error_(static_cast<size_t>(tile_.width())),
        at_frame_(static_cast<size_t>(tile_.width())),
        weights_(tableau_.c.size()) {}

  absl::Status Take() {
    const IntegrateOptions& options = integration_.options;
    bool running = true;
    for (int64_t step = 0; running; ++step) {
      if (step == options.max_steps) {
        return ErrorOf(kTooManySteps,
                       {{"limit", absl::StrCat(options.max_steps)}, {"tolerance", absl::StrCat(options.tolerance)}},
                       absl::StrCat("a point needs more than ", options.max_steps, " steps; raise the tolerance, now ",
                                    options.tolerance, ", or ask for fixed steps"));
      }
      if (absl::Status status = integration_.BeforeStep(); !status.ok()) return status;
      tile_.Stages({state_, t_, h_, {}});
      running = false;
      for (int64_t i = 0; i < tile_.rows(); ++i) {
        if (done(i)) {
          h_[i] = 0;
          continue;
        }
        if (absl::Status status = Judge(i); !status.ok()) return status;
        running = running || !done(i);
      }
    }
    return absl::OkStatus();
  }

 private:
  bool done(int64_t row) const { return frame_[row] == side_.frames.size(); }
  double* state(int64_t row) { return &state_[row * tile_.width()]; }

  // Takes the row's step, whose stages are known, if the step's error is within the tolerance, and sets the length of
  // the next step.
  absl::Status Judge(int64_t row) {
    tile_.Combine(row, tableau_.e, h_[row], nullptr, error_.data());
    const int64_t dimension = tile_.dimension();
    double squares = 0;
    for (int64_t d = 0; d < dimension; ++d) squares += error_[d] * error_[d];
    const double limit = integration_.options.tolerance * integration_.motion.scale;
    // The log-weight has no unit: the same tolerance bounds its error as it is.
    const double weight_norm = std::abs(error_[dimension]) / integration_.options.tolerance;
    const double norm = std::max(std::sqrt(squares / static_cast<double>(dimension)) / limit, weight_norm);
    if (!std::isfinite(norm) || !std::isfinite(weight_norm)) return LeftTheFinite(tile_.first() + row, t_[row]);
    const double h_next = h_[row] * std::clamp(0.9 * std::pow(std::max(norm, 1e-10), -0.2), 0.2, 5.0);
    if (norm <= 1) Accept(row);
    const double left = side_.end - t_[row];
    h_[row] = std::abs(h_next) < std::abs(left) ? h_next : left;
    return absl::OkStatus();
  }

  void Accept(int64_t row) {
    const double h = h_[row];
    const bool last = direction_ * (t_[row] + h - side_.end) >= -1e-12 * integration_.motion.span;
    const double t_next = last ? side_.end : t_[row] + h;
    const std::vector<double>& times = integration_.out->times;
    for (; !done(row); ++frame_[row]) {
      const size_t frame = side_.frames[frame_[row]];
      if (direction_ * (times[frame] - t_next) > 0) break;
      SetDenseWeights((times[frame] - t_[row]) / h);
      tile_.Combine(row, weights_, h, state(row), at_frame_.data());
      tile_.Store(frame, row, at_frame_.data());
    }
    tile_.Combine(row, tableau_.b, h, state(row), state(row));
    t_[row] = t_next;
  }

  // Sets the weights of the stages at the share theta of a step.
  void SetDenseWeights(double theta) {
    for (size_t s = 0; s < weights_.size(); ++s) {
      weights_[s] = 0;
      for (size_t p = tableau_.dense[s].size(); p-- > 0;) weights_[s] = (weights_[s] + tableau_.dense[s][p]) * theta;
    }
  }

  const Integration& integration_;
  const Tableau& tableau_;
  const Side& side_;
  const double direction_;
  TileSteps tile_;
  std::vector<double> state_;             // [B, D + 1]
  std::vector<double> t_, h_;             // [B]: where each row is, and its trial step
  std::vector<size_t> frame_;             // [B], of the side: the frame that each row reaches next
  std::vector<double> error_, at_frame_;  // [D + 1], of the row under way
  std::vector<double> weights_;           // [S], of dense output
};

}  // namespace

absl::Status TakeAdaptiveSteps(const Integration& integration, const Side& side, int64_t first, int64_t rows) {
  return AdaptiveSteps(integration, side, first, rows).Take();
}

}  // namespace actionmatch
