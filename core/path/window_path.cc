#include "core/path/window_path.h"

#include <algorithm>
#include <atomic>
#include <future>
#include <utility>

#include "core/path/make_path.h"
#include "core/path/path_kind.h"

namespace actionmatch {
namespace {

using MadePath = absl::StatusOr<std::unique_ptr<const Path>>;

// The recipe by which a window becomes a path.
struct Recipe {
  PathSpec spec;
  Dynamics dynamics;
  std::shared_ptr<const RowWindows> windows;
  Standardisation standardisation;
  WindowSchedule schedule;
  uint64_t seed;

  MadePath Make(int64_t window, const std::function<absl::Status(double fraction)>& on_progress) const {
    const absl::StatusOr<Snapshots> rows = windows->Read(window, schedule.rows);
    if (!rows.ok()) return rows.status();
    return MakePath(spec, dynamics, *rows, standardisation, seed, on_progress);
  }
};

class WindowPath final : public Path {
 public:
  WindowPath(Recipe recipe, std::unique_ptr<const Path> first)
      : recipe_(std::move(recipe)), current_(std::move(first)) {}
  ~WindowPath() override { Forget(); }

  bool has_curves() const override { return current_->has_curves(); }
  std::vector<double> knots() const override { return current_->knots(); }
  std::vector<MassNode> masses() const override { return current_->masses(); }  // uot: by the current window's plans
  void Draw(const DrawRequest& request, PathBatch* batch) const override { current_->Draw(request, batch); }

  absl::Status Prepare(int64_t step) const override {
    const int64_t window = step / recipe_.schedule.steps;
    if (window != window_) {
      const bool ahead = next_.valid() && window == window_ + 1;
      if (!ahead) Forget();
      MadePath made = ahead ? next_.get() : recipe_.Make(window, nullptr);
      if (!made.ok()) return made.status();
      current_ = *std::move(made);
      window_ = window;
    }
    if (!next_.valid() && (window + 1) * recipe_.schedule.steps < recipe_.schedule.total) {
      next_ = std::async(std::launch::async, [this, after = window + 1] {
        return recipe_.Make(after, [this](double) { return stop_ ? absl::CancelledError() : absl::OkStatus(); });
      });
    }
    return absl::OkStatus();
  }

 private:
  // Ends the work on the next window.
  void Forget() const {
    stop_ = true;
    if (next_.valid()) next_.wait();
    next_ = {};
    stop_ = false;
  }

  const Recipe recipe_;
  // Only Prepare changes the members below.
  mutable int64_t window_ = 0;
  mutable std::unique_ptr<const Path> current_;
  mutable std::atomic<bool> stop_ = false;
  mutable std::future<MadePath> next_;
};

}  // namespace

WindowSchedule MakeSchedule(const PathSpec& path, const TrainingSpec& training, int64_t window_rows) {
  const bool plans = FindPathKind(path.kind)->plans;
  WindowSchedule schedule;
  schedule.total = training.steps;
  schedule.rows = plans ? std::min(window_rows, WindowSchedule::kPlanBlocks * path.plan_points) : window_rows;
  schedule.steps = std::max<int64_t>(1, WindowSchedule::kDrawsOfARow * schedule.rows / training.batch_size);
  if (plans) {
    const int64_t most = WindowSchedule::kPlanWindows;
    schedule.steps = std::max(schedule.steps, (training.steps + most - 1) / most);
  }
  return schedule;
}

MadePath MakeWindowPath(const PathSpec& spec, const Dynamics& dynamics, std::shared_ptr<const RowWindows> windows,
                        const Standardisation& standardisation, const WindowSchedule& schedule, uint64_t seed,
                        const std::function<absl::Status(double fraction)>& on_progress) {
  Recipe recipe{spec, dynamics, std::move(windows), standardisation, schedule, seed};
  MadePath first = recipe.Make(0, on_progress);
  if (!first.ok()) return first.status();
  return std::make_unique<WindowPath>(std::move(recipe), *std::move(first));
}

}  // namespace actionmatch
