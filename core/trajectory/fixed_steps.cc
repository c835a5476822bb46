#include "core/trajectory/fixed_steps.h"

#include <cmath>
#include <vector>

#include "core/trajectory/brownian_path.h"

namespace actionmatch {
namespace {

class FixedSteps {
 public:
  FixedSteps(const Integration& integration, const Side& side, int64_t first, int64_t rows)
      : integration_(integration),
        side_(side),
        forwards_(side.end > integration.start_time),
        tile_(integration, first, rows),
        brownian_(integration.options.seed, tile_.first_drawn_row(), rows, tile_.dimension()),
        state_(tile_.StartState()),
        next_(state_) {}

  absl::Status Take() {
    const int steps = integration_.options.steps;
    const double start_time = integration_.start_time;
    const double h = (side_.end - start_time) / steps;
    for (int step = 0; step < steps; ++step) {
      const double t = start_time + step * h;
      const double t_next = step + 1 == steps ? side_.end : start_time + (step + 1) * h;
      if (noisy()) brownian_.Step(step, t_next - t);
      absl::Status status = FramesWithin(t, t_next);
      if (status.ok()) status = integration_.BeforeStep();
      if (!status.ok()) return status;
      Advance(t, t_next - t, noisy() ? &brownian_.End() : nullptr);
      state_.swap(next_);
      status = tile_.CheckFinite(state_, t_next);
      if (!status.ok()) return status;
      while (frame_ < side_.frames.size() && asked() == t_next) StoreFrame(state_);
    }
    return absl::OkStatus();
  }

 private:
  bool noisy() const { return static_cast<bool>(integration_.motion.sigma); }
  // The time of the frame to reach next.
  double asked() const { return integration_.out->times[side_.frames[frame_]]; }

  void StoreFrame(const std::vector<double>& state) {
    for (int64_t i = 0; i < tile_.rows(); ++i) tile_.Store(side_.frames[frame_], i, &state[i * tile_.width()]);
    ++frame_;
  }

  // Stores the frames between t and t_next, without both.
  absl::Status FramesWithin(double t, double t_next) {
    while (frame_ < side_.frames.size() && (forwards_ ? asked() < t_next : asked() > t_next)) {
      if (absl::Status status = integration_.BeforeStep(); !status.ok()) return status;
      const double h = asked() - t;
      Advance(t, h, noisy() ? &brownian_.At(h / (t_next - t)) : nullptr);
      StoreFrame(next_);
    }
    return absl::OkStatus();
  }

  // Sets next_ to the state after a step of length h from state_. `increment` is that of the Brownian path over the
  // step, or null.
  void Advance(double t, double h, const std::vector<double>* increment) {
    if (increment != nullptr) {
      // The mean of sigma^2 over the step, exact if sigma is linear.
      const double a = integration_.motion.sigma(t), b = integration_.motion.sigma(t + h);
      const double sigma = std::sqrt((a * a + a * b + b * b) / 3);
      noise_ = *increment;
      for (double& component : noise_) component *= sigma;
    }
    all_t_.assign(static_cast<size_t>(tile_.rows()), t);
    all_h_.assign(static_cast<size_t>(tile_.rows()), h);
    tile_.Stages({state_, all_t_, all_h_, noise_});
    const int64_t width = tile_.width(), dimension = tile_.dimension();
    for (int64_t i = 0; i < tile_.rows(); ++i) {
      tile_.Combine(i, integration_.solver.tableau.b, h, &state_[i * width], &next_[i * width]);
      if (noise_.empty()) continue;
      for (int64_t d = 0; d < dimension; ++d) next_[i * width + d] += noise_[i * dimension + d];
    }
  }

  const Integration& integration_;
  const Side& side_;
  const bool forwards_;
  TileSteps tile_;
  BrownianPath brownian_;
  std::vector<double> state_, next_;           // [B, D + 1]
  std::vector<double> noise_, all_t_, all_h_;  // of the step under way
  size_t frame_ = 0;                           // of the side: the frame to reach next
};

}  // namespace

absl::Status TakeFixedSteps(const Integration& integration, const Side& side, int64_t first, int64_t rows) {
  return FixedSteps(integration, side, first, rows).Take();
}

}  // namespace actionmatch
