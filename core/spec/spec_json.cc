// The JSON form of a spec: one table of visits per message serves reading and writing.

#include <array>
#include <limits>
#include <nlohmann/json.hpp>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "core/spec/spec.h"

namespace actionmatch {
namespace {

using Json = nlohmann::json;

template <typename E>
struct Names;
template <>
struct Names<PathSpec::Kind> {
  static constexpr auto kAll = WordsOf(PathSpec::Kind{});
};
template <>
struct Names<PathSpec::Bridge> {
  static constexpr std::array<std::pair<PathSpec::Bridge, const char*>, 3> kAll = {
      {{PathSpec::Bridge::kAuto, "auto"},
       {PathSpec::Bridge::kSmooth, "smooth"},
       {PathSpec::Bridge::kBrownian, "brownian"}}};
};
template <>
struct Names<MassSpec::Source> {
  static constexpr std::array<std::pair<MassSpec::Source, const char*>, 4> kAll = {
      {{MassSpec::Source::kAuto, "auto"},
       {MassSpec::Source::kNone, "none"},
       {MassSpec::Source::kCounts, "counts"},
       {MassSpec::Source::kGiven, "given"}}};
};
template <>
struct Names<TrainingSpec::Times> {
  static constexpr std::array<std::pair<TrainingSpec::Times, const char*>, 3> kAll = {
      {{TrainingSpec::Times::kStratified, "stratified"},
       {TrainingSpec::Times::kAdaptive, "adaptive"},
       {TrainingSpec::Times::kGaussLegendre, "gauss_legendre"}}};
};
template <>
struct Names<PotentialSpec::Kind> {
  static constexpr std::array<std::pair<PotentialSpec::Kind, const char*>, 2> kAll = {
      {{PotentialSpec::Kind::kPerceptron, "perceptron"}, {PotentialSpec::Kind::kAffine, "affine"}}};
};
template <>
struct Names<PotentialSpec::Head> {
  static constexpr std::array<std::pair<PotentialSpec::Head, const char*>, 3> kAll = {
      {{PotentialSpec::Head::kValue, "value"},
       {PotentialSpec::Head::kInnerProduct, "inner_product"},
       {PotentialSpec::Head::kQuadratic, "quadratic"}}};
};
template <>
struct Names<PotentialSpec::Activation> {
  static constexpr std::array<std::pair<PotentialSpec::Activation, const char*>, 3> kAll = {
      {{PotentialSpec::Activation::kSilu, "silu"},
       {PotentialSpec::Activation::kSoftplus, "softplus"},
       {PotentialSpec::Activation::kTanh, "tanh"}}};
};
template <>
struct Names<TrainingSpec::Engine> {
  static constexpr std::array<std::pair<TrainingSpec::Engine, const char*>, 3> kAll = {
      {{TrainingSpec::Engine::kAuto, "auto"},
       {TrainingSpec::Engine::kFused, "fused"},
       {TrainingSpec::Engine::kAutograd, "autograd"}}};
};
template <>
struct Names<TrainingSpec::Device> {
  static constexpr std::array<std::pair<TrainingSpec::Device, const char*>, 3> kAll = {
      {{TrainingSpec::Device::kAuto, "auto"},
       {TrainingSpec::Device::kCpu, "cpu"},
       {TrainingSpec::Device::kCuda, "cuda"}}};
};
template <>
struct Names<TrainingSpec::Precision> {
  static constexpr std::array<std::pair<TrainingSpec::Precision, const char*>, 3> kAll = {
      {{TrainingSpec::Precision::kFloat32, "float32"},
       {TrainingSpec::Precision::kBfloat16, "bfloat16"},
       {TrainingSpec::Precision::kTf32, "tf32"}}};
};
template <>
struct Names<TrainingSpec::Form> {
  static constexpr std::array<std::pair<TrainingSpec::Form, const char*>, 3> kAll = {
      {{TrainingSpec::Form::kAuto, "auto"},
       {TrainingSpec::Form::kAction, "action"},
       {TrainingSpec::Form::kConditional, "conditional"}}};
};

// Calls visit(name, member) for every member: the same for reading (Spec not const) and writing.
template <typename Spec, typename Visit>
void VisitMembers(Spec& spec, const Visit& visit) {
  visit("path.kind", spec.path.kind);
  visit("path.plan_points", spec.path.plan_points);
  visit("path.bridge", spec.path.bridge);
  visit("path.bridge_noise", spec.path.bridge_noise);
  visit("path.plan_regularisation", spec.path.plan_regularisation);
  visit("mass.source", spec.mass.source);
  visit("mass.values", spec.mass.values);
  visit("potential.kind", spec.potential.kind);
  visit("potential.affine.time_degree", spec.potential.affine.time_degree);
  visit("potential.hidden", spec.potential.hidden);
  visit("potential.activation", spec.potential.activation);
  visit("potential.head", spec.potential.head);
  visit("potential.time_features", spec.potential.time_features);
  visit("dynamics.cost.power", spec.dynamics.cost.power);
  visit("dynamics.cost.scale", spec.dynamics.cost.scale);
  visit("dynamics.sigma", spec.dynamics.sigma);
  visit("dynamics.sigma_end", spec.dynamics.sigma_end);
  visit("dynamics.lambda", spec.dynamics.lambda);
  visit("dynamics.time_weight", spec.dynamics.time_weight);
  visit("training.form", spec.training.form);
  visit("training.engine", spec.training.engine);
  visit("training.device", spec.training.device);
  visit("training.precision", spec.training.precision);
  visit("training.times", spec.training.times);
  visit("training.quadrature_nodes", spec.training.quadrature_nodes);
  visit("training.laplacian_probes", spec.training.laplacian_probes);
  visit("training.steps", spec.training.steps);
  visit("training.batch_size", spec.training.batch_size);
  visit("training.learning_rate", spec.training.learning_rate);
  visit("training.warmup_steps", spec.training.warmup_steps);
  visit("training.clip_norm", spec.training.clip_norm);
  visit("training.ema_decay", spec.training.ema_decay);
  visit("training.weight_decay", spec.training.weight_decay);
  visit("training.evaluation_interval", spec.training.evaluation_interval);
  visit("training.checkpoint_interval", spec.training.checkpoint_interval);
  visit("hold_out.validation_fraction", spec.hold_out.validation_fraction);
  visit("hold_out.test_fraction", spec.hold_out.test_fraction);
  visit("hold_out.test_times", spec.hold_out.test_times);
  visit("hold_out.refit", spec.hold_out.refit);
  visit("members", spec.members);
  visit("seed", spec.seed);
}

template <typename T>
void Write(Json& json, const T& value) {
  if constexpr (std::is_enum_v<T>) {
    for (const auto& [e, name] : Names<T>::kAll) {
      if (e == value) json = std::string(name);
    }
  } else {
    json = value;
  }
}
template <typename T>
void Write(Json& json, const std::optional<T>& value) {
  if (value.has_value()) json = *value;
}

// Each answers whether the JSON had the right type.
template <typename T>
bool Read(const Json& json, T& value) {
  if constexpr (std::is_enum_v<T>) {
    if (!json.is_string()) return false;
    for (const auto& [e, name] : Names<T>::kAll) {
      if (name == json.get<std::string>()) return value = e, true;
    }
    return false;
  } else if constexpr (std::is_same_v<T, bool>) {
    return json.is_boolean() && (value = json.get<T>(), true);
  } else if constexpr (std::is_same_v<T, uint64_t>) {
    return json.is_number_unsigned() && (value = json.get<T>(), true);
  } else if constexpr (std::is_integral_v<T>) {
    // Unsigned numbers beyond int64 come out negative, which no member of the spec may be.
    const auto number = json.is_number_integer() ? json.get<int64_t>() : -1;
    return number >= 0 && number <= std::numeric_limits<T>::max() && (value = static_cast<T>(number), true);
  } else {
    return json.is_number() && (value = json.get<T>(), true);
  }
}
template <typename T>
bool Read(const Json& json, std::vector<T>& values) {
  if (!json.is_array()) return false;
  values.clear();
  for (const Json& element : json) {
    T value{};
    if (!Read(element, value)) return false;
    values.push_back(value);
  }
  return true;
}
template <typename T>
bool Read(const Json& json, std::optional<T>& value) {
  T number{};
  if (!Read(json, number)) return false;
  value = number;
  return true;
}

}  // namespace

std::string TrainSpecToJson(const TrainSpec& spec) {
  Json flat = Json::object();
  VisitMembers(spec, [&](const char* name, const auto& member) {
    Json value;
    Write(value, member);
    if (!value.is_null()) flat[name] = std::move(value);
  });
  return flat.dump();
}

absl::StatusOr<TrainSpec> TrainSpecFromJson(absl::string_view json) {
  Json flat = Json::parse(json, nullptr, /*allow_exceptions=*/false);
  if (flat.is_discarded() || !flat.is_object()) return absl::InvalidArgumentError("the spec is not a JSON object");
  TrainSpec spec;
  std::string wrong;
  VisitMembers(spec, [&](const char* name, auto& member) {
    const auto found = flat.find(name);
    if (found == flat.end()) return;
    if (!Read(*found, member) && wrong.empty())
      wrong = absl::StrCat("spec: ", name, " has the wrong type or is out of range");
    flat.erase(found);
  });
  if (wrong.empty() && !flat.empty()) wrong = absl::StrCat("spec: unknown key ", flat.begin().key());
  if (!wrong.empty()) return absl::InvalidArgumentError(wrong);
  return spec;
}

}  // namespace actionmatch
