#include "core/spec.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace actionmatch {
namespace {

// Collects violations; each check names its field once.
class Checker {
 public:
  template <typename T>
  void Range(const char* field, T value, T low, T high) {
    if (value >= low && value <= high) return;
    Add(field, absl::StrCat("must be ", low, " to ", high, ", is ", value));
  }
  void Positive(const char* field, double value) {
    if (value > 0 && std::isfinite(value)) return;
    Add(field, absl::StrCat("must be positive and finite, is ", value));
  }
  void NotNegative(const char* field, double value) {
    if (value >= 0 && std::isfinite(value)) return;
    Add(field, absl::StrCat("must be at least 0 and finite, is ", value));
  }
  void Add(const char* field, std::string reason, bool unimplemented = false) {
    violations.push_back({field, std::move(reason), unimplemented});
  }

  std::vector<Violation> violations;
};

constexpr int64_t kMaxSteps = 10000000;
constexpr int64_t kDefaultValidationCount = 50;

void CheckDynamics(const Dynamics& dynamics, Checker& check) {
  const auto only = [&](const char* field, double value, double allowed) {
    if (!std::isfinite(value) || value < 0) {
      check.NotNegative(field, value);
    } else if (value != allowed) {
      check.Add(field, absl::StrCat("is ", value, "; only ", allowed, " is supported by this version"), true);
    }
  };
  only("dynamics.sigma", dynamics.sigma, 0);
  only("dynamics.lambda", dynamics.lambda, 0);
  only("dynamics.cost_power", dynamics.cost_power, 2);
}

void CheckPotential(const TrainSpec& spec, Checker& check) {
  const PotentialSpec& potential = spec.potential;
  check.Range<int64_t>("potential.hidden", static_cast<int64_t>(potential.hidden.size()), 1, 16);
  for (int width : potential.hidden) check.Range("potential.hidden", width, 1, 8192);
  check.Range("potential.time_features", potential.time_features, 0, 64);
  if (potential.head == PotentialSpec::Head::kQuadratic && spec.dynamics.lambda > 0) {
    check.Add("potential.head", "must not be QUADRATIC where dynamics.lambda > 0: it cannot be negative");
  }
}

void CheckTraining(const TrainSpec& spec, Checker& check) {
  const TrainingSpec& training = spec.training;
  if (training.form == TrainingSpec::Form::kConditional && spec.path.kind == PathSpec::Kind::kObserved) {
    check.Add("training.form", "must not be CONDITIONAL where path.kind is OBSERVED, which has no curves; use ACTION");
  }
  check.Range<int64_t>("training.steps", training.steps, 1, kMaxSteps);
  check.Range("training.batch_size", training.batch_size, 1, 65536);
  check.Positive("training.learning_rate", training.learning_rate);
  check.Range<int64_t>("training.warmup_steps", training.warmup_steps, 0, kMaxSteps);
  check.Positive("training.clip_norm", training.clip_norm);
  if (!(training.ema_decay >= 0 && training.ema_decay < 1)) {
    check.Add("training.ema_decay", absl::StrCat("must be at least 0 and below 1, is ", training.ema_decay));
  }
  check.NotNegative("training.weight_decay", training.weight_decay);
  check.Range<int64_t>("training.evaluation_interval", training.evaluation_interval, 1, kMaxSteps);
  check.Range<int64_t>("training.checkpoint_interval", training.checkpoint_interval, 1, kMaxSteps);
}

bool IsHeldOut(const HoldOutSpec& hold_out, double time) {
  return std::find(hold_out.test_times.begin(), hold_out.test_times.end(), time) != hold_out.test_times.end();
}

void CheckHoldOut(const HoldOutSpec& hold_out, const DatasetShape& shape, Checker& check) {
  const double validation = hold_out.validation_fraction.value_or(0);
  check.Range("hold_out.validation_fraction", validation, 0.0, 0.5);
  check.Range("hold_out.test_fraction", hold_out.test_fraction, 0.0, 0.9);
  for (size_t i = 0; i < hold_out.test_times.size(); ++i) {
    const double time = hold_out.test_times[i];
    const auto found = std::find(shape.times.begin(), shape.times.end(), time);
    if (found == shape.times.end()) {
      check.Add("hold_out.test_times",
                absl::StrCat(time, " is not a time of the dataset; its times are ", absl::StrJoin(shape.times, ", ")));
    } else if (found == shape.times.begin() || found + 1 == shape.times.end()) {
      check.Add(
          "hold_out.test_times",
          absl::StrCat(time, " is the dataset's first or last time, which must be trained on; give times between"));
    }
    if (std::find(hold_out.test_times.begin(), hold_out.test_times.begin() + static_cast<int64_t>(i), time) !=
        hold_out.test_times.begin() + static_cast<int64_t>(i)) {
      check.Add("hold_out.test_times", absl::StrCat(time, " is given twice"));
    }
  }
  const double kept = (1 - hold_out.test_fraction) * (1 - validation);
  for (size_t k = 0; k < shape.times.size(); ++k) {
    if (IsHeldOut(hold_out, shape.times[k])) continue;
    if (kept * static_cast<double>(shape.counts[k]) < 2 && shape.counts[k] > 0 && kept < 1) {
      check.Add("hold_out", absl::StrCat("would leave fewer than 2 of the ", shape.counts[k], " points at time ",
                                         shape.times[k], " to train on; lower validation_fraction or test_fraction"));
      break;
    }
  }
}

}  // namespace

std::vector<Violation> Validate(const TrainSpec& spec, const DatasetShape& shape) {
  Checker check;
  check.Range("path.plan_points", spec.path.plan_points, 64, 8192);
  check.NotNegative("path.bridge_noise", spec.path.bridge_noise);
  CheckPotential(spec, check);
  CheckDynamics(spec.dynamics, check);
  CheckTraining(spec, check);
  CheckHoldOut(spec.hold_out, shape, check);
  if (shape.times.size() < 2) {
    check.Add("dataset", absl::StrCat("must hold points at 2 different times or more, holds ", shape.times.size()));
  }
  return std::move(check.violations);
}

TrainSpec ResolveSpec(TrainSpec spec, const DatasetShape& shape) {
  if (!spec.hold_out.validation_fraction.has_value()) {
    bool enough = true;
    for (size_t k = 0; k < shape.times.size(); ++k) {
      if (!IsHeldOut(spec.hold_out, shape.times[k])) enough = enough && shape.counts[k] >= kDefaultValidationCount;
    }
    spec.hold_out.validation_fraction = enough ? 0.1 : 0.0;
  }
  return spec;
}

}  // namespace actionmatch
