// TrainSpec: the request for a training run, as plain structs with a JSON form. The defaults are chosen to fit ordinary
// data well. VisitSettings gives the ranges, which Validate enforces. Units are as in actionmatch/v1/train_spec.proto
// (standardised unless said otherwise).
//
// To add a setting, add a member, its line in VisitSettings, and a field of the same name in train_spec.proto. To add a
// value of an enumeration, add the value, its word, and an enumerator in train_spec.proto. (setting.h and core/words.h
// say how.)

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
#include "core/spec/setting.h"
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
  // kAuto: kBrownian if the dynamics have noise and bridge_noise is 0, otherwise kSmooth.
  enum class Bridge { kAuto, kSmooth, kBrownian };
  friend constexpr auto WordsOf(Bridge) {
    return WordTable<Bridge, 3>{
        {{Bridge::kAuto, "auto"}, {Bridge::kSmooth, "smooth"}, {Bridge::kBrownian, "brownian"}}};
  }
  Kind kind = Kind::kAuto;
  int plan_points = 3000;  // larger snapshots are coupled block by block
  Bridge bridge = Bridge::kAuto;
  double bridge_noise = 0;            // Brownian: 0 means the dynamics' sigma
  double plan_regularisation = 0.02;  // uot

  template <typename Self, typename Visit>
  static void VisitSettings(Self& path, const Visit& visit) {
    visit(Setting("path.kind"), path.kind);
    visit(Setting("path.plan_points").Between(64, 8192), path.plan_points);
    visit(Setting("path.bridge"), path.bridge);
    visit(Setting("path.bridge_noise").Between(0, 1000), path.bridge_noise);
    visit(Setting("path.plan_regularisation").Between(1e-4, 1), path.plan_regularisation);
  }

  // Whether curves scatter, in antithetic pairs of rows. Kind and bridge must not be kAuto.
  bool Scatters() const;
};

// What a kind of path can do, and what it needs of the rest of the spec. Checks, defaults and AUTO ask these traits,
// and never name a kind.
struct PathTraits {
  PathSpec::Kind kind;
  bool has_curves;            // and so velocities, bridges and the conditional form
  bool allows_quadrature;     // training.times may be kGaussLegendre
  bool needs_growth;          // dynamics.lambda > 0
  bool needs_quadratic_cost;  // dynamics.cost.power 2
};
// One row for each kind, in their order. kAuto can do whatever some kind can.
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
  // kAuto: kCounts if lambda > 0, otherwise kNone.
  enum class Source { kAuto, kNone, kCounts, kGiven };
  friend constexpr auto WordsOf(Source) {
    return WordTable<Source, 4>{
        {{Source::kAuto, "auto"}, {Source::kNone, "none"}, {Source::kCounts, "counts"}, {Source::kGiven, "given"}}};
  }
  Source source = Source::kAuto;
  std::vector<double> values;  // kGiven: one for each of the dataset's times, > 0, within kMaxMassRatio

  template <typename Self, typename Visit>
  static void VisitSettings(Self& mass, const Visit& visit) {
    visit(Setting("mass.source"), mass.source);
    visit(Setting("mass.values"), mass.values);
  }
};

inline constexpr double kMaxMassRatio = 1e12;  // of the largest mass to the least

// The settings of potentials of kind kAffine.
struct AffineSpec {
  int time_degree = 3;  // of the coefficients' polynomials in tau
};

struct PotentialSpec {
  enum class Kind { kPerceptron, kAffine };
  friend constexpr auto WordsOf(Kind) {
    return WordTable<Kind, 2>{{{Kind::kPerceptron, "perceptron"}, {Kind::kAffine, "affine"}}};
  }
  enum class Head { kValue, kInnerProduct, kQuadratic };
  friend constexpr auto WordsOf(Head) {
    return WordTable<Head, 3>{
        {{Head::kValue, "value"}, {Head::kInnerProduct, "inner_product"}, {Head::kQuadratic, "quadratic"}}};
  }
  enum class Activation { kSilu, kSoftplus, kTanh };
  friend constexpr auto WordsOf(Activation) {
    return WordTable<Activation, 3>{
        {{Activation::kSilu, "silu"}, {Activation::kSoftplus, "softplus"}, {Activation::kTanh, "tanh"}}};
  }
  Kind kind = Kind::kPerceptron;
  // kPerceptron:
  std::vector<int> hidden = {128, 128, 128};  // at most 1e8 parameters in all
  Activation activation = Activation::kSilu;
  Head head = Head::kInnerProduct;
  int time_features = 0;
  AffineSpec affine;

  template <typename Self, typename Visit>
  static void VisitSettings(Self& potential, const Visit& visit) {
    const auto of = [&](Kind kind, const char* name) {
      return Setting(name).OnlyWhere("potential.kind", potential.kind, kind);
    };
    visit(Setting("potential.kind"), potential.kind);
    visit(of(Kind::kPerceptron, "potential.hidden").Count(1, 16).Between(1, 8192), potential.hidden);
    visit(of(Kind::kPerceptron, "potential.activation"), potential.activation);
    visit(of(Kind::kPerceptron, "potential.head"), potential.head);
    visit(of(Kind::kPerceptron, "potential.time_features").Between(0, 64), potential.time_features);
    visit(of(Kind::kAffine, "potential.affine.time_degree").Between(0, 16), potential.affine.time_degree);
  }

  // Whether the kind has passes of its own besides autograd; training.engine FUSED asks for them.
  bool HasFusedPasses() const { return kind == Kind::kPerceptron; }
  // The number of parameters for points of `dimension` components; a double, which no sizes overflow.
  double ParameterCount(int64_t dimension) const;
  // The inputs and outputs of kPerceptron's network, for points of `dimension` components.
  int64_t Inputs(int64_t dimension) const { return 1 + 2 * int64_t{time_features} + dimension; }
  int64_t Outputs(int64_t dimension) const;
};

struct TrainingSpec {
  enum class Form { kAuto, kAction, kConditional };
  friend constexpr auto WordsOf(Form) {
    return WordTable<Form, 3>{{{Form::kAuto, "auto"}, {Form::kAction, "action"}, {Form::kConditional, "conditional"}}};
  }
  enum class Times { kStratified, kAdaptive, kGaussLegendre };
  friend constexpr auto WordsOf(Times) {
    return WordTable<Times, 3>{{{Times::kStratified, "stratified"},
                                {Times::kAdaptive, "adaptive"},
                                {Times::kGaussLegendre, "gauss_legendre"}}};
  }
  // How gradients are computed; kAuto: fused passes, without a graph, if there are any (core/loss/loss_gradient.h).
  enum class Engine { kAuto, kFused, kAutograd };
  friend constexpr auto WordsOf(Engine) {
    return WordTable<Engine, 3>{{{Engine::kAuto, "auto"}, {Engine::kFused, "fused"}, {Engine::kAutograd, "autograd"}}};
  }
  // The device that steps are taken on; kAuto: what the machine offers (core/device/device.h).
  enum class Device { kAuto, kCpu, kCuda };
  friend constexpr auto WordsOf(Device) {
    return WordTable<Device, 3>{{{Device::kAuto, "auto"}, {Device::kCpu, "cpu"}, {Device::kCuda, "cuda"}}};
  }
  // The numbers that products read; parameters, sums and gradients are float32 (core/potential/fused_network.h,
  // core/training/device_step.h).
  enum class Precision { kFloat32, kBfloat16, kTf32 };
  friend constexpr auto WordsOf(Precision) {
    return WordTable<Precision, 3>{
        {{Precision::kFloat32, "float32"}, {Precision::kBfloat16, "bfloat16"}, {Precision::kTf32, "tf32"}}};
  }
  Form form = Form::kAuto;
  Times times = Times::kStratified;
  Engine engine = Engine::kAuto;  // kCuda: not kFused
  Device device = Device::kAuto;
  Precision precision = Precision::kFloat32;  // kBfloat16: on the CPU only with kFused; kTf32: only on kCuda
  int quadrature_nodes = 4;                   // kGaussLegendre: in each interval
  // Random directions of the Laplacian; 0 is exact, for at most kMaxExactLaplacian components. Not set: 0 for at most
  // kExactLaplacian components, otherwise 1.
  std::optional<int> laplacian_probes;
  int64_t steps = 3000;
  int batch_size = 256;  // per interval
  double learning_rate = 1.5e-3;
  int64_t warmup_steps = 100;
  double clip_norm = 1;
  double ema_decay = 0.999;
  std::optional<double> weight_decay;  // not set: 100 / the points of the mean trained snapshot, at most 1
  int64_t evaluation_interval = 100;
  int64_t checkpoint_interval = 500;

  static constexpr double kMaxSteps = 10000000;

  template <typename Self, typename Visit>
  static void VisitSettings(Self& training, const Visit& visit) {
    visit(Setting("training.form"), training.form);
    visit(Setting("training.engine"), training.engine);
    visit(Setting("training.device"), training.device);
    visit(Setting("training.precision"), training.precision);
    visit(Setting("training.times"), training.times);
    visit(Setting("training.quadrature_nodes").Between(1, 32), training.quadrature_nodes);
    visit(Setting("training.laplacian_probes").Between(0, 64), training.laplacian_probes);
    visit(Setting("training.steps").Between(1, kMaxSteps), training.steps);
    visit(Setting("training.batch_size").Between(1, 65536), training.batch_size);
    visit(Setting("training.learning_rate").Positive(), training.learning_rate);
    visit(Setting("training.warmup_steps").Between(0, kMaxSteps), training.warmup_steps);
    visit(Setting("training.clip_norm").Positive(), training.clip_norm);
    visit(Setting("training.ema_decay").AtLeastAndBelow(0, 1), training.ema_decay);
    visit(Setting("training.weight_decay").Between(0, 1000), training.weight_decay);
    visit(Setting("training.evaluation_interval").Between(1, kMaxSteps), training.evaluation_interval);
    visit(Setting("training.checkpoint_interval").Between(1, kMaxSteps), training.checkpoint_interval);
  }
};

struct HoldOutSpec {
  // Not set: 0.1 if every trained snapshot has at least 50 points, otherwise 0 (ResolveSpec fills it in).
  std::optional<double> validation_fraction;
  double test_fraction = 0;
  std::vector<double> test_times;  // in the dataset's unit
  // If validation rows choose: train once more, on training and validation rows together, for the chosen steps.
  bool refit = true;

  template <typename Self, typename Visit>
  static void VisitSettings(Self& hold_out, const Visit& visit) {
    visit(Setting("hold_out.validation_fraction").Between(0, 0.5), hold_out.validation_fraction);
    visit(Setting("hold_out.test_fraction").Between(0, 0.9), hold_out.test_fraction);
    visit(Setting("hold_out.test_times"), hold_out.test_times);
    visit(Setting("hold_out.refit"), hold_out.refit);
  }

  bool IsTestTime(double time) const;
};

inline constexpr int64_t kExactLaplacian = 8;
inline constexpr int64_t kMaxExactLaplacian = 128;  // components, if the loss has a Laplacian
inline constexpr size_t kDenseSnapshots = 20;  // path.kind AUTO: OBSERVED is for this many trained snapshots or more

struct TrainSpec {
  PathSpec path;
  MassSpec mass;
  PotentialSpec potential;
  Dynamics dynamics;
  TrainingSpec training;
  HoldOutSpec hold_out;
  int members = 1;  // potentials trained from seeds of their own, which answer together
  uint64_t seed = 0;

  template <typename Self, typename Visit>
  static void VisitSettings(Self& spec, const Visit& visit) {
    PathSpec::VisitSettings(spec.path, visit);
    MassSpec::VisitSettings(spec.mass, visit);
    PotentialSpec::VisitSettings(spec.potential, visit);
    Dynamics::VisitSettings(spec.dynamics, visit);
    TrainingSpec::VisitSettings(spec.training, visit);
    HoldOutSpec::VisitSettings(spec.hold_out, visit);
    visit(Setting("members").Between(1, 32), spec.members);
    visit(Setting("seed"), spec.seed);
  }
};

// The facts about the data that Validate and ResolveSpec need.
struct DatasetShape {
  int64_t dimension = 0;
  std::vector<double> times;             // increasing
  std::vector<int64_t> counts;           // same length
  std::vector<double> weight_sums = {};  // same length
};

// All violations of the spec alone.
std::vector<Violation> Validate(const TrainSpec& spec);
// All violations of the spec, alone and against the data; empty means that training can start.
std::vector<Violation> Validate(const TrainSpec& spec, const DatasetShape& shape);

// The spec with data-dependent defaults filled in, except for path.kind and training.form, engine and device, which
// Trainer::Create chooses.
TrainSpec ResolveSpec(TrainSpec spec, const DatasetShape& shape);
// The training with its device and engine. Device AUTO comes to `automatic`, which is kCpu or kCuda, except that FUSED
// always means the CPU and TF32 always CUDA. Engine AUTO comes to FUSED on the CPU for potentials that have fused
// passes, and to AUTOGRAD otherwise.
TrainingSpec ResolveDevice(TrainingSpec training, const PotentialSpec& potential, TrainingSpec::Device automatic);

// Lossless; equal specs give the same text: one flat object, keys "training.steps" and so on in order, enumerations as
// lower-case words.
std::string TrainSpecToJson(const TrainSpec& spec);
// INVALID_ARGUMENT names an unknown key, a wrong type or a number that its type does not hold.
absl::StatusOr<TrainSpec> TrainSpecFromJson(absl::string_view json);

// The seed of the parameters and samples of an ensemble's member; the first member has the job's own seed. The rows are
// split by the job's seed, so all members have the same split.
uint64_t MemberSeed(uint64_t seed, int member);

}  // namespace actionmatch

#endif  // ACTIONMATCH_CORE_SPEC_SPEC_H_
