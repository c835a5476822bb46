#include "core/spec/spec.h"

#include <algorithm>
#include <utility>

#include "core/random.h"

namespace actionmatch {
namespace {

constexpr bool RowsAreInTheOrderOfKinds() {
  for (size_t i = 0; i < std::size(kPathTraits); ++i) {
    if (kPathTraits[i].kind != static_cast<PathSpec::Kind>(i)) return false;
  }
  return true;
}
static_assert(RowsAreInTheOrderOfKinds(), "TraitsOf finds a row by its place");

}  // namespace

bool HoldOutSpec::IsTestTime(double time) const {
  return std::find(test_times.begin(), test_times.end(), time) != test_times.end();
}

double PotentialSpec::ParameterCount(int64_t dimension) const {
  if (kind == Kind::kAffine) {
    const auto d = static_cast<double>(dimension);
    return (affine.time_degree + 1.0) * (d * d + d + 1);
  }
  double count = 0;
  auto width = static_cast<double>(Inputs(dimension));
  for (const int layer : hidden) count += (std::exchange(width, layer) + 1) * layer;
  return count + (width + 1) * static_cast<double>(Outputs(dimension));
}

int64_t PotentialSpec::Outputs(int64_t dimension) const {
  switch (head) {
    case Head::kValue:
      return 1;
    case Head::kInnerProduct:
      return dimension + 1;
    case Head::kQuadratic:
      return dimension;
  }
  return 1;
}

namespace {

constexpr int64_t kDefaultValidationCount = 50;  // with so many points in each snapshot, a tenth of them validates

// The fewer points there are, the more a network must be kept from learning them by heart.
double DefaultWeightDecay(const TrainSpec& spec, const DatasetShape& shape) {
  constexpr double kPoints = 100;
  double points = 0;
  double snapshots = 0;
  for (size_t k = 0; k < shape.times.size(); ++k) {
    if (spec.hold_out.IsTestTime(shape.times[k])) continue;
    points += static_cast<double>(shape.counts[k]) * (1 - spec.hold_out.test_fraction);  // validation rows train, too
    ++snapshots;
  }
  return std::min(1.0, kPoints * snapshots / std::max(1.0, points));
}

}  // namespace

TrainSpec ResolveSpec(TrainSpec spec, const DatasetShape& shape) {
  if (!spec.hold_out.validation_fraction.has_value()) {
    bool enough = true;
    for (size_t k = 0; k < shape.times.size(); ++k) {
      if (!spec.hold_out.IsTestTime(shape.times[k])) enough = enough && shape.counts[k] >= kDefaultValidationCount;
    }
    spec.hold_out.validation_fraction = enough ? 0.1 : 0.0;
  }
  if (spec.mass.source == MassSpec::Source::kAuto) {
    spec.mass.source = spec.dynamics.lambda > 0 ? MassSpec::Source::kCounts : MassSpec::Source::kNone;
  }
  if (spec.path.bridge == PathSpec::Bridge::kAuto) {
    spec.path.bridge = spec.dynamics.HasNoise() && spec.path.bridge_noise == 0 ? PathSpec::Bridge::kBrownian
                                                                               : PathSpec::Bridge::kSmooth;
  }
  if (!spec.training.laplacian_probes.has_value()) {
    spec.training.laplacian_probes = shape.dimension <= kExactLaplacian ? 0 : 1;
  }
  if (!spec.training.weight_decay.has_value()) spec.training.weight_decay = DefaultWeightDecay(spec, shape);
  if (spec.dynamics.time_weight.empty()) spec.dynamics.time_weight = {1.};
  return spec;
}

TrainingSpec ResolveDevice(TrainingSpec training, const PotentialSpec& potential, TrainingSpec::Device automatic) {
  using Device = TrainingSpec::Device;
  using Engine = TrainingSpec::Engine;
  if (training.device == Device::kAuto) {
    training.device = training.engine == Engine::kFused                      ? Device::kCpu
                      : training.precision == TrainingSpec::Precision::kTf32 ? Device::kCuda
                                                                             : automatic;
  }
  if (training.engine == Engine::kAuto) {
    const bool fused = training.device != Device::kCuda && potential.HasFusedPasses();
    training.engine = fused ? Engine::kFused : Engine::kAutograd;
  }
  return training;
}

uint64_t MemberSeed(uint64_t seed, int member) {
  if (member == 0) return seed;
  const auto words = Philox(seed, RandomStream::kMember, static_cast<uint64_t>(member), 0);
  return static_cast<uint64_t>(words[0]) << 32U | words[1];
}

}  // namespace actionmatch
