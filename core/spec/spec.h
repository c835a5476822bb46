// What a training run is asked to do, as plain structs with a JSON form. Defaults are chosen to fit ordinary data well;
// ranges are those that Validate enforces. Units: as in actionmatch/v1/train_spec.proto (standardised unless said
// otherwise).

#ifndef ACTIONMATCH_CORE_SPEC_SPEC_H_
#define ACTIONMATCH_CORE_SPEC_SPEC_H_

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "core/spec/dynamics.h"
#include "core/words.h"

namespace actionmatch {

struct PathSpec {
  enum class Kind { kAuto, kObserved, kLinear, kOt, kUot };
  friend constexpr auto WordsOf(Kind) {
    return WordTable<Kind, 5>{{{Kind::kAuto, "auto"},
                               {Kind::kObserved, "observed"},
                               {Kind::kLinear, "linear"},
                               {Kind::kOt, "ot"},
                               {Kind::kUot, "uot"}}};
  }
  // kAuto: Brownian where the dynamics have noise and bridge_noise is 0, else smooth.
  enum class Bridge { kAuto, kSmooth, kBrownian };
  Kind kind = Kind::kAuto;
  int plan_points = 3000;  // 64..8192; larger snapshots are coupled block by block
  Bridge bridge = Bridge::kAuto;
  double bridge_noise = 0;            // 0..1000; Brownian: 0 means the dynamics' sigma
  double plan_regularisation = 0.02;  // uot: 1e-4..1

  // Whether curves scatter, in antithetic pairs of rows; for a kind and a bridge that are not kAuto.
  bool Scatters() const;
};

// What a kind of path can do, and what it needs of the rest of the spec. Checks, defaults and AUTO ask this, never for
// a kind by its name.
struct PathTraits {
  PathSpec::Kind kind;
  bool has_curves;            // and so velocities, bridges and the conditional form
  bool allows_quadrature;     // training.times may be kGaussLegendre
  bool needs_growth;          // dynamics.lambda > 0
  bool needs_quadratic_cost;  // dynamics.cost.power 2
};
// One row a kind, in their order. kAuto can do what some kind can.
inline constexpr PathTraits kPathTraits[] = {
    {PathSpec::Kind::kAuto, true, true, false, false},    {PathSpec::Kind::kObserved, false, true, false, false},
    {PathSpec::Kind::kLinear, true, false, false, false}, {PathSpec::Kind::kOt, true, false, false, false},
    {PathSpec::Kind::kUot, true, false, true, true},
};
static_assert(std::size(kPathTraits) == WordsOf(PathSpec::Kind{}).size(), "each kind has its traits");
constexpr const PathTraits& TraitsOf(PathSpec::Kind kind) { return kPathTraits[static_cast<size_t>(kind)]; }

inline bool PathSpec::Scatters() const {
  return TraitsOf(kind).has_curves && (bridge == Bridge::kBrownian || bridge_noise > 0);
}

// The population's mass at each snapshot, relative to the first.
struct MassSpec {
  // kAuto: counts where lambda > 0, else none.
  enum class Source { kAuto, kNone, kCounts, kGiven };
  Source source = Source::kAuto;
  std::vector<double> values;  // kGiven: one for each of the dataset's times, > 0, within kMostMassRatio
};

inline constexpr double kMostMassRatio = 1e12;  // of the largest mass to the least

// Of potentials of kind kAffine.
struct AffineSpec {
  int time_degree = 3;  // of the coefficients' polynomials in tau: 0..16
};

struct PotentialSpec {
  enum class Kind { kPerceptron, kAffine };
  enum class Head { kValue, kInnerProduct, kQuadratic };
  enum class Activation { kSilu, kSoftplus, kTanh };
  Kind kind = Kind::kPerceptron;
  // kPerceptron:
  std::vector<int> hidden = {128, 128, 128};  // 1..16 layers of 1..8192; 1e8 weights in all
  Activation activation = Activation::kSilu;
  Head head = Head::kInnerProduct;
  int time_features = 0;  // 0..64
  AffineSpec affine;

  // Whether the kind has passes of its own beside autograd: what training.engine FUSED asks for.
  bool HasFusedPasses() const { return kind == Kind::kPerceptron; }
  // How many parameters it has for points of so many components; a double, which no sizes overflow.
  double ParameterCount(int64_t dimension) const;
  // Of kPerceptron's network, for points of so many components.
  int64_t Inputs(int64_t dimension) const { return 1 + 2 * int64_t{time_features} + dimension; }
  int64_t Outputs(int64_t dimension) const;
};

struct TrainingSpec {
  enum class Form { kAuto, kAction, kConditional };
  enum class Times { kStratified, kAdaptive, kGaussLegendre };
  // How gradients are computed; kAuto: fused passes, without a graph (core/loss_gradient.h).
  enum class Engine { kAuto, kFused, kAutograd };
  // Where steps are taken; kAuto: what the machine offers (core/device.h).
  enum class Device { kAuto, kCpu, kCuda };
  // What products read; weights, sums and gradients are float32 (core/fused_network.h, core/device_step.h).
  enum class Precision { kFloat32, kBfloat16, kTf32 };
  Form form = Form::kAuto;
  Times times = Times::kStratified;
  Engine engine = Engine::kAuto;  // kCuda: not kFused
  Device device = Device::kAuto;
  Precision precision = Precision::kFloat32;  // kBfloat16: on the CPU only with kFused; kTf32: only on kCuda
  int quadrature_nodes = 4;                   // kGaussLegendre: 1..32 in each interval
  // Random directions of the Laplacian; 0 is exact, for kMostExactLaplacian components at most. Not set: 0 up to
  // kExactLaplacian components, else 1. 0..64.
  std::optional<int> laplacian_probes;
  int64_t steps = 3000;  // 1..10000000
  int batch_size = 256;  // 1..65536, per interval
  double learning_rate = 1.5e-3;
  int64_t warmup_steps = 100;
  double clip_norm = 1;
  double ema_decay = 0.999;            // [0, 1)
  std::optional<double> weight_decay;  // 0..1000; not set: 100 / the points of the mean trained snapshot, at most 1
  int64_t evaluation_interval = 100;
  int64_t checkpoint_interval = 500;
};

struct HoldOutSpec {
  // Not set: 0.1 where every trained snapshot has 50 points or more, else 0 (ResolveSpec fills it in). 0..0.5.
  std::optional<double> validation_fraction;
  double test_fraction = 0;        // 0..0.9
  std::vector<double> test_times;  // in the dataset's unit
  // Where validation rows choose: train once more, on training and validation rows together, for the chosen steps.
  bool refit = true;

  bool IsTestTime(double time) const;
};

inline constexpr int64_t kExactLaplacian = 8;
inline constexpr int64_t kMostExactLaplacian = 128;  // components, where the loss has one
inline constexpr size_t kDenseSnapshots = 20;  // path.kind AUTO: OBSERVED is for this many trained snapshots or more

struct TrainSpec {
  PathSpec path;
  MassSpec mass;
  PotentialSpec potential;
  Dynamics dynamics;
  TrainingSpec training;
  HoldOutSpec hold_out;
  int members = 1;  // 1..32: fields trained from seeds of their own, answering together
  uint64_t seed = 0;
};

// What Validate and ResolveSpec need to know of the data.
struct DatasetShape {
  int64_t dimension = 0;
  std::vector<double> times;             // increasing
  std::vector<int64_t> counts;           // same length
  std::vector<double> weight_sums = {};  // same length
};

struct Violation {
  std::string field;   // "training.steps"
  std::string reason;  // "must be at least 1, is 0"
};

// All violations of the spec alone.
std::vector<Violation> Validate(const TrainSpec& spec);
// All violations of the spec, alone and against the data; empty means that training can start.
std::vector<Violation> Validate(const TrainSpec& spec, const DatasetShape& shape);

// The spec with data-dependent defaults filled in, but for path.kind and training.form, engine and device, which
// Trainer::Create chooses.
TrainSpec ResolveSpec(TrainSpec spec, const DatasetShape& shape);
// The training with its device and engine, where AUTO comes to `automatic`, which is kCpu or kCuda. FUSED is always the
// CPU's, TF32 always CUDA's; AUTO is FUSED on the CPU for potentials that have fused passes, AUTOGRAD otherwise.
TrainingSpec ResolveDevice(TrainingSpec training, const PotentialSpec& potential, TrainingSpec::Device automatic);

// Lossless; the same spec gives the same text: one flat object, keys "training.steps" and so on in order, enums as
// lower-case words.
std::string TrainSpecToJson(const TrainSpec& spec);
// INVALID_ARGUMENT names an unknown key, a wrong type or a number that its type does not hold.
absl::StatusOr<TrainSpec> TrainSpecFromJson(absl::string_view json);

// What an ensemble's member draws its weights and samples from: the first from the job's own seed. The split of the
// rows is the job's, the same for all members.
uint64_t MemberSeed(uint64_t seed, int member);

}  // namespace actionmatch

#endif  // ACTIONMATCH_CORE_SPEC_SPEC_H_
