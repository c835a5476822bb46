#include "core/trajectory/integrate.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "core/parallel.h"
#include "core/trajectory/brownian_path.h"
#include "core/trajectory/tableau.h"

namespace actionmatch {
namespace {

using Method = IntegrateOptions::Method;

const Tableau& TableauOf(Method method) {
  switch (method) {
    case Method::kEuler:
    case Method::kEulerMaruyama:
      return Euler();
    case Method::kHeun:
    case Method::kStochasticHeun:
      return Heun();
    case Method::kRk4:
      return Rk4();
    case Method::kAuto:
    case Method::kDopri5:
      return Dopri5();
  }
  return Dopri5();
}

// One tile of rows on its way: state [B, D + 1], the last column the log-weight, each row at its own time with its own
// step.
class Tile {
 public:
  Tile(const Motion& motion, const Tableau& tableau, int64_t first_row, int64_t rows, int64_t dimension)
      : motion_(motion),
        tableau_(tableau),
        first_row_(first_row),
        rows_(rows),
        dimension_(dimension),
        stages_(tableau.c.size()) {
    for (auto& stage : stages_) stage.assign(static_cast<size_t>(rows_ * width()), 0.0);
    x_.assign(static_cast<size_t>(rows_ * dimension_), 0.0);
    v_ = x_;
    t_.assign(static_cast<size_t>(rows_), 0.0);
    growth_ = t_;
  }

  int64_t width() const { return dimension_ + 1; }

  // All stages of a step; then what it makes of its state is Combine's.
  void Stages(const StepRows& step) {
    if (motion_.stages) {
      motion_.stages(tableau_, step, &stages_);
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
      motion_.velocity(first_row_, t_, x_, absl::MakeSpan(v_), absl::MakeSpan(growth_));
      for (int64_t i = 0; i < rows_; ++i) {
        std::copy_n(v_.begin() + i * dimension_, dimension_, stages_[s].begin() + i * width());
        stages_[s][i * width() + dimension_] = growth_[i];
      }
    }
  }

  // out[d] = base[d] + h sum_s w_s k_s[d] for one row; base may be null (0).
  void Combine(int64_t row, const std::vector<double>& w, double h, const double* base, double* out) const {
    for (int64_t d = 0; d < width(); ++d) {
      double sum = 0;
      for (size_t s = 0; s < stages_.size(); ++s) sum += w[s] * stages_[s][row * width() + d];
      out[d] = (base == nullptr ? 0 : base[d]) + h * sum;
    }
  }

 private:
  const Motion& motion_;
  const Tableau& tableau_;
  const int64_t first_row_;
  const int64_t rows_;
  const int64_t dimension_;
  std::vector<std::vector<double>> stages_;
  std::vector<double> x_, v_, t_, growth_;
};

absl::Status LeftTheFinite(int64_t point, double time) {
  return absl::OutOfRangeError(absl::StrCat("point ", point, " left the finite numbers near time ", time,
                                            ": it is too far from what the field was trained on, or steps are too "
                                            "long; start nearer to the data, or take more steps"));
}

// The frames on one side of the start, nearest first.
struct Side {
  std::vector<size_t> frames;
  double end = 0;
};

struct Run {
  const Motion& motion;
  const Points& start;
  double start_time;
  absl::Span<const double> times;
  const IntegrateOptions& options;
  Method method;  // resolved
  Trajectory* out;

  absl::Status Before() const { return options.before_step ? options.before_step() : absl::OkStatus(); }

  void Store(size_t frame, int64_t row, const double* state) const {
    const int64_t dimension = start.dimension;
    std::copy_n(state, dimension, out->points[frame].values.begin() + row * dimension);
    out->log_weights[frame][row] = state[dimension];
  }

  absl::Status CheckFinite(const std::vector<double>& state, int64_t first, int64_t rows, double time) const {
    for (int64_t i = 0; i < rows * (start.dimension + 1); ++i) {
      if (!std::isfinite(state[i])) {
        return LeftTheFinite(first + i / (start.dimension + 1), time);
      }
    }
    return absl::OkStatus();
  }

  std::vector<double> StartState(int64_t first, int64_t rows) const {
    const int64_t width = start.dimension + 1;
    std::vector<double> state(static_cast<size_t>(rows * width), 0.0);
    for (int64_t i = 0; i < rows; ++i) {
      const auto row = start.row(first + i);
      std::copy(row.begin(), row.end(), state.begin() + i * width);
    }
    return state;
  }

  absl::Status Fixed(const Side& side, int64_t first, int64_t rows) const {
    Tile tile(motion, TableauOf(method), options.first_row + first, rows, start.dimension);
    const int64_t width = tile.width();
    const int64_t dimension = start.dimension;
    std::vector<double> state = StartState(first, rows);
    std::vector<double> next = state;
    const double h = (side.end - start_time) / options.steps;
    size_t frame = 0;
    BrownianPath brownian(options.seed, options.first_row + first, rows, dimension);
    std::vector<double> noise, all_t, all_h;
    const auto advance = [&](double t, double step, const std::vector<double>* increment, std::vector<double>* to) {
      if (increment != nullptr) {
        // The mean of sigma^2 over the step, exact where sigma is linear.
        const double a = motion.sigma(t), b = motion.sigma(t + step);
        const double sigma = std::sqrt((a * a + a * b + b * b) / 3);
        noise = *increment;
        for (double& component : noise) component *= sigma;
      }
      all_t.assign(static_cast<size_t>(rows), t);
      all_h.assign(static_cast<size_t>(rows), step);
      tile.Stages({state, all_t, all_h, noise});
      const std::vector<double>& b = TableauOf(method).b;
      for (int64_t i = 0; i < rows; ++i) {
        tile.Combine(i, b, step, &state[i * width], &(*to)[i * width]);
        if (noise.empty()) continue;
        for (int64_t d = 0; d < dimension; ++d) (*to)[i * width + d] += noise[i * dimension + d];
      }
    };
    for (int step = 0; step < options.steps; ++step) {
      const double t = start_time + step * h;
      const double t_next = step + 1 == options.steps ? side.end : start_time + (step + 1) * h;
      if (motion.sigma) brownian.Step(step, t_next - t);
      while (frame < side.frames.size()) {
        const double asked = times[side.frames[frame]];
        const bool here = h > 0 ? asked < t_next : asked > t_next;
        if (!here) break;
        const absl::Status status = Before();
        if (!status.ok()) return status;
        advance(t, asked - t, motion.sigma ? &brownian.At((asked - t) / (t_next - t)) : nullptr, &next);
        for (int64_t i = 0; i < rows; ++i) Store(side.frames[frame], first + i, &next[i * width]);
        ++frame;
      }
      const absl::Status status = Before();
      if (!status.ok()) return status;
      advance(t, t_next - t, motion.sigma ? &brownian.End() : nullptr, &next);
      state.swap(next);
      const absl::Status finite = CheckFinite(state, first, rows, t_next);
      if (!finite.ok()) return finite;
      while (frame < side.frames.size() && times[side.frames[frame]] == t_next) {
        for (int64_t i = 0; i < rows; ++i) Store(side.frames[frame], first + i, &state[i * width]);
        ++frame;
      }
    }
    return absl::OkStatus();
  }

  absl::Status Adaptive(const Side& side, int64_t first, int64_t rows) const {
    const Tableau& tableau = TableauOf(method);
    Tile tile(motion, tableau, options.first_row + first, rows, start.dimension);
    const int64_t width = tile.width();
    const double direction = side.end > start_time ? 1 : -1;
    std::vector<double> state = StartState(first, rows);
    std::vector<double> t(static_cast<size_t>(rows), start_time);
    std::vector<double> h(static_cast<size_t>(rows),
                          direction * std::min(motion.span / 20, std::abs(side.end - start_time)));
    std::vector<size_t> frame(static_cast<size_t>(rows), 0);
    std::vector<double> error(static_cast<size_t>(width)), next(static_cast<size_t>(width));
    std::vector<double> w(tableau.c.size());
    const double limit = options.tolerance * motion.scale;
    int64_t running = rows;
    for (int64_t step = 0; running > 0; ++step) {
      if (step == options.max_steps) {
        return absl::ResourceExhaustedError(absl::StrCat("a point needs more than ", options.max_steps,
                                                         " steps; raise the tolerance, now ", options.tolerance,
                                                         ", or ask for fixed steps"));
      }
      const absl::Status status = Before();
      if (!status.ok()) return status;
      tile.Stages({state, t, h, {}});
      running = 0;
      for (int64_t i = 0; i < rows; ++i) {
        if (frame[i] == side.frames.size()) {
          h[i] = 0;
          continue;
        }
        tile.Combine(i, tableau.e, h[i], nullptr, error.data());
        double squares = 0;
        for (int64_t d = 0; d < start.dimension; ++d) squares += error[d] * error[d];
        // The log-weight has no unit: the same tolerance bounds it as it is.
        const double weight_norm = std::abs(error[start.dimension]) / options.tolerance;
        const double norm = std::max(std::sqrt(squares / static_cast<double>(start.dimension)) / limit, weight_norm);
        if (!std::isfinite(norm) || !std::isfinite(weight_norm)) {
          return LeftTheFinite(first + i, t[i]);
        }
        double h_next = h[i] * std::clamp(0.9 * std::pow(std::max(norm, 1e-10), -0.2), 0.2, 5.0);
        if (norm <= 1) {
          const bool last = direction * (t[i] + h[i] - side.end) >= -1e-12 * motion.span;
          const double t_next = last ? side.end : t[i] + h[i];
          while (frame[i] < side.frames.size() && direction * (times[side.frames[frame[i]]] - t_next) <= 0) {
            const double theta = (times[side.frames[frame[i]]] - t[i]) / h[i];
            for (size_t s = 0; s < w.size(); ++s) {
              w[s] = 0;
              for (size_t p = tableau.dense[s].size(); p-- > 0;) w[s] = (w[s] + tableau.dense[s][p]) * theta;
            }
            tile.Combine(i, w, h[i], &state[i * width], next.data());
            Store(side.frames[frame[i]], first + i, next.data());
            ++frame[i];
          }
          tile.Combine(i, tableau.b, h[i], &state[i * width], &state[i * width]);
          t[i] = t_next;
        }
        const double left = side.end - t[i];
        h[i] = std::abs(h_next) < std::abs(left) ? h_next : left;
        if (frame[i] < side.frames.size()) ++running;
      }
    }
    return absl::OkStatus();
  }
};

Method Resolve(Method method, bool noise) {
  if (method != Method::kAuto) return method;
  return noise ? Method::kStochasticHeun : Method::kDopri5;
}

bool IsStochastic(Method method) { return method == Method::kEulerMaruyama || method == Method::kStochasticHeun; }

absl::Status CheckNoise(Method method, double start_time, absl::Span<const double> times) {
  if (!IsStochastic(method)) {
    return absl::InvalidArgumentError(
        "method must be EULER_MARUYAMA or STOCHASTIC_HEUN here: the field has noise (dynamics.sigma), and its drift "
        "alone does not move the population");
  }
  for (double time : times) {
    if (time >= start_time) continue;
    return absl::InvalidArgumentError(
        absl::StrCat("times holds ", time, ", before the start at ", start_time,
                     ": the field has noise (dynamics.sigma), and no score is known that would take it back"));
  }
  return absl::OkStatus();
}

absl::Status CheckArguments(const Points& start, double start_time, absl::Span<const double> times, Method method,
                            const IntegrateOptions& options) {
  if (start.count() == 0) return absl::InvalidArgumentError("there are no start points; give at least one");
  if (!std::isfinite(start_time)) {
    return absl::InvalidArgumentError(absl::StrCat("start_time must be finite, is ", start_time));
  }
  if (times.empty()) return absl::InvalidArgumentError("times is empty; ask for at least one");
  for (double time : times) {
    if (!std::isfinite(time)) return absl::InvalidArgumentError(absl::StrCat("times must be finite, one is ", time));
  }
  if (method == Method::kDopri5) {
    if (!(options.tolerance > 0)) {
      return absl::InvalidArgumentError(absl::StrCat("tolerance must be positive, is ", options.tolerance));
    }
  } else if (options.steps < 1) {
    return absl::InvalidArgumentError(absl::StrCat("steps must be at least 1, is ", options.steps));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckIntegration(const Motion& motion, const Points& start, double start_time,
                              absl::Span<const double> times, const IntegrateOptions& options) {
  const Method method = Resolve(options.method, static_cast<bool>(motion.sigma));
  absl::Status arguments = CheckArguments(start, start_time, times, method, options);
  if (motion.sigma) arguments.Update(CheckNoise(method, start_time, times));
  return arguments;
}

absl::StatusOr<Trajectory> Integrate(const Motion& motion, const Points& start, double start_time,
                                     absl::Span<const double> times, const IntegrateOptions& options) {
  const absl::Status arguments = CheckIntegration(motion, start, start_time, times, options);
  if (!arguments.ok()) return arguments;
  const Method method = Resolve(options.method, static_cast<bool>(motion.sigma));
  Trajectory trajectory;
  trajectory.times.assign(times.begin(), times.end());
  trajectory.points.assign(times.size(), start);  // frames at the start time are the start
  trajectory.log_weights.assign(times.size(), std::vector<double>(static_cast<size_t>(start.count()), 0.0));

  Side sides[2];
  for (size_t f = 0; f < times.size(); ++f) {
    if (times[f] != start_time) sides[times[f] > start_time ? 0 : 1].frames.push_back(f);
  }
  for (Side& side : sides) {
    std::stable_sort(side.frames.begin(), side.frames.end(), [&](size_t a, size_t b) {
      return std::abs(times[a] - start_time) < std::abs(times[b] - start_time);
    });
    if (!side.frames.empty()) side.end = times[side.frames.back()];
  }

  const Run run{motion, start, start_time, times, options, method, &trajectory};
  const int64_t tiles = (start.count() + motion.tile_rows - 1) / motion.tile_rows;
  const absl::Status status = ParallelFor(
      options.threads, tiles,
      [&](int64_t tile) {
        const int64_t first = tile * motion.tile_rows;
        const int64_t rows = std::min(motion.tile_rows, start.count() - first);
        for (const Side& side : sides) {
          if (side.frames.empty()) continue;
          const absl::Status moved =
              method == Method::kDopri5 ? run.Adaptive(side, first, rows) : run.Fixed(side, first, rows);
          if (!moved.ok()) return moved;
        }
        return absl::OkStatus();
      },
      motion.on_thread_start);
  if (!status.ok()) return status;
  return trajectory;
}

}  // namespace actionmatch
