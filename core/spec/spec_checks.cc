// The checks of a spec, alone and against the data: first each setting's own range (setting.h), then what settings ask
// of each other.

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/alternatives.h"
#include "core/spec/spec.h"

namespace actionmatch {
namespace {

// Collects violations; each check names its field once.
class Checker {
 public:
  void Add(const char* field, std::string reason) { violations.push_back({field, std::move(reason)}); }

  std::vector<Violation> violations;
};

constexpr double kMaxParameters = 1e8;

// The least value of a polynomial on [0, 1], by a fine grid.
double LeastOnUnit(const Dynamics& dynamics) {
  double least = std::numeric_limits<double>::infinity();
  for (int i = 0; i <= 1000; ++i) least = std::min(least, dynamics.TimeWeight(i / 1000.0));
  return least;
}

void CheckDynamics(const Dynamics& dynamics, Checker& check) {
  if (dynamics.time_weight.size() > 9) {
    check.Add("dynamics.time_weight",
              absl::StrCat("must have at most 9 coefficients, has ", dynamics.time_weight.size()));
    return;
  }
  for (double coefficient : dynamics.time_weight) {
    if (std::abs(coefficient) <= 1e6) continue;
    check.Add("dynamics.time_weight", absl::StrCat("must hold coefficients of -1e6 to 1e6, one is ", coefficient));
    return;
  }
  const double least = LeastOnUnit(dynamics);
  if (least < -1e-12) {
    check.Add("dynamics.time_weight",
              absl::StrCat("must be a polynomial that is at least 0 on [0, 1], reaches ", least));
  } else if (!(dynamics.TimeWeight(0.5) > 0)) {
    check.Add("dynamics.time_weight", "must be positive somewhere within (0, 1), e.g. [1] or [1, -1]");
  }
}

// "UOT"
std::string NameOf(PathSpec::Kind kind) { return absl::AsciiStrToUpper(WordOf(kind)); }

void CheckPath(const TrainSpec& spec, Checker& check) {
  const PathSpec& path = spec.path;
  const PathTraits& kind = TraitsOf(path.kind);
  if (kind.needs_growth && !(spec.dynamics.lambda > 0)) {
    check.Add("path.kind", absl::StrCat("must not be ", NameOf(path.kind),
                                        " where dynamics.lambda is 0, which lets no mass grow; set lambda or use OT"));
  }
  if (kind.needs_quadratic_cost && !spec.dynamics.cost.IsQuadratic()) {
    check.Add("path.kind", absl::StrCat("must not be ", NameOf(path.kind),
                                        " where dynamics.cost.power is not 2, for which no plan is known; use OT"));
  }
  if (path.bridge == PathSpec::Bridge::kBrownian && path.bridge_noise == 0 && !spec.dynamics.HasNoise()) {
    check.Add("path.bridge", "is BROWNIAN, but both path.bridge_noise and dynamics.sigma are 0; set one of them");
  }
}

void CheckMass(const TrainSpec& spec, Checker& check) {
  const MassSpec& mass = spec.mass;
  if (mass.source == MassSpec::Source::kGiven) {
    for (double value : mass.values) {
      if (value > 0 && std::isfinite(value)) continue;
      check.Add("mass.values", absl::StrCat("must be positive and finite, one is ", value));
      break;
    }
    const auto [least, most] = std::minmax_element(mass.values.begin(), mass.values.end());
    if (!mass.values.empty() && *least > 0 && *most / *least > kMaxMassRatio) {
      check.Add("mass.values", absl::StrCat("must be within a factor of ", kMaxMassRatio, " of each other, are ",
                                            *least, " to ", *most));
    }
  } else if (!mass.values.empty()) {
    check.Add("mass.values", "are used only where mass.source is GIVEN; set that, or leave them out");
  }
  const bool has_masses = mass.source == MassSpec::Source::kGiven || mass.source == MassSpec::Source::kCounts;
  if (has_masses && !(spec.dynamics.lambda > 0)) {
    check.Add("mass.source", "must be NONE where dynamics.lambda is 0, which lets no mass grow; set lambda, e.g. to 1");
  }
}

void CheckPotential(const TrainSpec& spec, Checker& check) {
  const PotentialSpec& potential = spec.potential;
  if (!potential.HasFusedPasses()) {
    if (spec.training.engine == TrainingSpec::Engine::kFused) {
      check.Add(
          "training.engine",
          "must not be FUSED where potential.kind is AFFINE, which has no passes of its own; use AUTOGRAD or AUTO");
    }
    if (spec.training.precision != TrainingSpec::Precision::kFloat32) {
      check.Add("training.precision", "must be FLOAT32 where potential.kind is AFFINE, whose products are few");
    }
  }
  if (potential.kind != PotentialSpec::Kind::kPerceptron) return;
  if (potential.head == PotentialSpec::Head::kQuadratic && spec.dynamics.lambda > 0) {
    check.Add("potential.head", "must not be QUADRATIC where dynamics.lambda > 0: it cannot be negative");
  }
}

// Checks the sizes that come from the data.
void CheckSize(const TrainSpec& spec, const DatasetShape& shape, Checker& check) {
  const double count = spec.potential.ParameterCount(shape.dimension);
  if (count > kMaxParameters) {
    const bool hidden = spec.potential.kind == PotentialSpec::Kind::kPerceptron;
    check.Add(hidden ? "potential.hidden" : "potential.kind",
              absl::StrCat("must make at most ", kMaxParameters, " weights, makes ", count, " for data of ",
                           shape.dimension, " components; use ", hidden ? "narrower layers" : "PERCEPTRON"));
  }
  if (spec.training.laplacian_probes == 0 && spec.dynamics.HasNoise() && shape.dimension > kMaxExactLaplacian) {
    check.Add("training.laplacian_probes",
              absl::StrCat("must be 1 or more for data of more than ", kMaxExactLaplacian, " components, here ",
                           shape.dimension, ": the exact Laplacian takes a pass and memory for each of them"));
  }
  if (spec.mass.source == MassSpec::Source::kGiven && spec.mass.values.size() != shape.times.size()) {
    check.Add("mass.values", absl::StrCat("must hold one number for each of the dataset's ", shape.times.size(),
                                          " times, holds ", spec.mass.values.size()));
  }
  if (!shape.times.empty() && !std::isfinite(shape.times.back() - shape.times.front())) {
    check.Add("dataset", absl::StrCat("must have times whose differences are finite; they are ", shape.times.front(),
                                      " to ", shape.times.back()));
  }
}

// "OBSERVED": the kinds of path that allow quadrature in time.
std::string QuadratureKinds() {
  std::vector<std::string> names;
  for (const PathTraits& path : kPathTraits) {
    if (path.allows_quadrature && path.kind != PathSpec::Kind::kAuto) names.push_back(NameOf(path.kind));
  }
  return Alternatives(names);
}

// Checks what only some paths can do: curves, and quadrature in time. If the path is AUTO, ChoosePath follows the
// settings.
void CheckPathOfTraining(const TrainSpec& spec, const DatasetShape& shape, Checker& check) {
  const TrainingSpec& training = spec.training;
  const PathTraits& path = TraitsOf(spec.path.kind);
  const bool conditional = training.form == TrainingSpec::Form::kConditional;
  const bool quadrature = training.times == TrainingSpec::Times::kGaussLegendre;
  const bool automatic = spec.path.kind == PathSpec::Kind::kAuto;
  if (conditional && !path.has_curves) {
    check.Add("training.form", absl::StrCat("must not be CONDITIONAL where path.kind is ", NameOf(path.kind),
                                            ", which has no curves; use ACTION"));
  }
  if (!quadrature || (!automatic && path.allows_quadrature)) return;
  const std::string allowed = QuadratureKinds();
  const auto trained = static_cast<size_t>(
      std::count_if(shape.times.begin(), shape.times.end(), [&](double t) { return !spec.hold_out.IsTestTime(t); }));
  if (!automatic) {
    check.Add("training.times",
              absl::StrCat("must not be GAUSS_LEGENDRE but on an ", allowed, " path; use STRATIFIED or ADAPTIVE"));
  } else if (trained < kDenseSnapshots) {
    check.Add("training.times",
              absl::StrCat("must not be GAUSS_LEGENDRE here: it needs an ", allowed, " path, which AUTO chooses from ",
                           kDenseSnapshots, " snapshots on, and ", trained,
                           " are trained on; use STRATIFIED or ADAPTIVE, or set path.kind to ", allowed));
  } else if (conditional) {
    check.Add("training.times",
              absl::StrCat("must not be GAUSS_LEGENDRE where training.form is CONDITIONAL: the one needs an ", allowed,
                           " path, the other any other; use STRATIFIED or ADAPTIVE, or ACTION"));
  }
}

// Checks which engine computes on which device, and with which products.
void CheckDevice(const TrainingSpec& training, Checker& check) {
  using Device = TrainingSpec::Device;
  using Engine = TrainingSpec::Engine;
  using Precision = TrainingSpec::Precision;
  if (training.device == Device::kCuda && training.engine == Engine::kFused) {
    check.Add("training.device",
              "must not be CUDA where training.engine is FUSED, whose passes are the processor's; use CPU or AUTO, or "
              "the engine AUTOGRAD or AUTO");
  }
  if (training.precision == Precision::kBfloat16 && training.engine == Engine::kAutograd &&
      training.device != Device::kCuda) {
    check.Add("training.precision",
              "must not be BFLOAT16 where training.engine is AUTOGRAD, which has such products only where "
              "training.device is CUDA; use FUSED or AUTO, or set that device");
  }
  if (training.precision == Precision::kTf32 &&
      (training.device == Device::kCpu || training.engine == Engine::kFused)) {
    check.Add("training.precision",
              "must not be TF32 where training.device is CPU or training.engine is FUSED: only CUDA has such products; "
              "use FLOAT32 or BFLOAT16, or the device CUDA");
  }
}

// If no weight is positive, the weights say nothing about where the population is.
void CheckWeights(const TrainSpec& spec, const DatasetShape& shape, Checker& check) {
  for (size_t k = 0; k < shape.weight_sums.size(); ++k) {
    if (shape.weight_sums[k] > 0 || spec.hold_out.IsTestTime(shape.times[k])) continue;
    check.Add("dataset", absl::StrCat("must hold a point of positive weight at each time, but at time ", shape.times[k],
                                      " the weights sum to ", shape.weight_sums[k],
                                      "; append points with weights there, or name the time in hold_out.test_times"));
    return;
  }
}

void CheckHoldOut(const HoldOutSpec& hold_out, const DatasetShape& shape, Checker& check) {
  const double validation = hold_out.validation_fraction.value_or(0);
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
    if (hold_out.IsTestTime(shape.times[k])) continue;
    if (kept * static_cast<double>(shape.counts[k]) < 2 && shape.counts[k] > 0 && kept < 1) {
      check.Add("hold_out", absl::StrCat("would leave fewer than 2 of the ", shape.counts[k], " points at time ",
                                         shape.times[k], " to train on; lower validation_fraction or test_fraction"));
      break;
    }
  }
}

}  // namespace

std::vector<Violation> Validate(const TrainSpec& spec) {
  Checker check;
  TrainSpec::VisitSettings(spec, RangeChecker(&check.violations));
  CheckPath(spec, check);
  CheckMass(spec, check);
  CheckPotential(spec, check);
  CheckDynamics(spec.dynamics, check);
  CheckDevice(spec.training, check);
  return std::move(check.violations);
}

std::vector<Violation> Validate(const TrainSpec& spec, const DatasetShape& shape) {
  Checker check;
  check.violations = Validate(spec);
  CheckSize(spec, shape, check);
  CheckPathOfTraining(spec, shape, check);
  CheckWeights(spec, shape, check);
  CheckHoldOut(spec.hold_out, shape, check);
  if (shape.times.size() < 2) {
    check.Add("dataset", absl::StrCat("must hold points at 2 different times or more, holds ", shape.times.size()));
  }
  return std::move(check.violations);
}

}  // namespace actionmatch
