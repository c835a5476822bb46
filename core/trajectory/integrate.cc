#include "core/trajectory/integrate.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/cause.h"
#include "core/parallel.h"
#include "core/trajectory/adaptive_steps.h"
#include "core/trajectory/fixed_steps.h"
#include "core/trajectory/tile_steps.h"

namespace actionmatch {
namespace {

const SolverRow& SolverFor(const Motion& motion, const IntegrateOptions& options) {
  return SolverOf(options.method, static_cast<bool>(motion.sigma));
}

absl::Status CheckNoise(const SolverRow& solver, double start_time, absl::Span<const double> times) {
  if (!solver.stochastic) {
    return ErrorOf(
        kNoiseNeedsStochasticMethod, {},
        absl::StrCat("method must be ", SolverNames([](const SolverRow& row) { return row.stochastic; }),
                     " here: the field has noise (dynamics.sigma), and its drift alone does not move the population"));
  }
  for (double time : times) {
    if (time >= start_time) continue;
    return ErrorOf(
        kNoiseNotReversible, {{"time", absl::StrCat(time)}, {"start_time", absl::StrCat(start_time)}},
        absl::StrCat("times holds ", time, ", before the start at ", start_time,
                     ": the field has noise (dynamics.sigma), and no score is known that would take it back"));
  }
  return absl::OkStatus();
}

absl::Status CheckArguments(const Points& start, double start_time, absl::Span<const double> times,
                            const SolverRow& solver, const IntegrateOptions& options) {
  if (start.count() == 0) return absl::InvalidArgumentError("there are no start points; give at least one");
  if (!std::isfinite(start_time)) {
    return absl::InvalidArgumentError(absl::StrCat("start_time must be finite, is ", start_time));
  }
  if (times.empty()) return absl::InvalidArgumentError("times is empty; ask for at least one");
  for (double time : times) {
    if (!std::isfinite(time)) return absl::InvalidArgumentError(absl::StrCat("times must be finite, one is ", time));
  }
  if (solver.adaptive) {
    if (!(options.tolerance > 0)) {
      return absl::InvalidArgumentError(absl::StrCat("tolerance must be positive, is ", options.tolerance));
    }
  } else if (options.steps < 1) {
    return absl::InvalidArgumentError(absl::StrCat("steps must be at least 1, is ", options.steps));
  }
  return absl::OkStatus();
}

// The sides after the start and before it. Frames at the start time are on neither side.
std::array<Side, 2> Sides(double start_time, absl::Span<const double> times) {
  std::array<Side, 2> sides;
  for (size_t f = 0; f < times.size(); ++f) {
    if (times[f] != start_time) sides[times[f] > start_time ? 0 : 1].frames.push_back(f);
  }
  for (Side& side : sides) {
    std::stable_sort(side.frames.begin(), side.frames.end(), [&](size_t a, size_t b) {
      return std::abs(times[a] - start_time) < std::abs(times[b] - start_time);
    });
    if (!side.frames.empty()) side.end = times[side.frames.back()];
  }
  return sides;
}

}  // namespace

absl::Status CheckIntegration(const Motion& motion, const Points& start, double start_time,
                              absl::Span<const double> times, const IntegrateOptions& options) {
  const SolverRow& solver = SolverFor(motion, options);
  absl::Status arguments = CheckArguments(start, start_time, times, solver, options);
  if (motion.sigma) arguments.Update(CheckNoise(solver, start_time, times));
  return arguments;
}

absl::StatusOr<Trajectory> Integrate(const Motion& motion, const Points& start, double start_time,
                                     absl::Span<const double> times, const IntegrateOptions& options) {
  const absl::Status arguments = CheckIntegration(motion, start, start_time, times, options);
  if (!arguments.ok()) return arguments;
  Trajectory trajectory;
  trajectory.times.assign(times.begin(), times.end());
  trajectory.points.assign(times.size(), start);  // frames at the start time are the start
  trajectory.log_weights.assign(times.size(), std::vector<double>(static_cast<size_t>(start.count()), 0.0));

  const std::array<Side, 2> sides = Sides(start_time, times);
  const Integration integration{motion, start, start_time, options, SolverFor(motion, options), &trajectory};
  const auto take = integration.solver.adaptive ? TakeAdaptiveSteps : TakeFixedSteps;
  const int64_t tiles = (start.count() + motion.tile_rows - 1) / motion.tile_rows;
  const absl::Status status = ParallelFor(
      options.threads, tiles,
      [&](int64_t tile) {
        const int64_t first = tile * motion.tile_rows;
        const int64_t rows = std::min(motion.tile_rows, start.count() - first);
        for (const Side& side : sides) {
          if (side.frames.empty()) continue;
          if (absl::Status moved = take(integration, side, first, rows); !moved.ok()) return moved;
        }
        return absl::OkStatus();
      },
      motion.on_thread_start);
  if (!status.ok()) return status;
  return trajectory;
}

}  // namespace actionmatch
