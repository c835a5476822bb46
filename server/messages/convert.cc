#include "server/messages/convert.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/storage/tensor_file.h"
#include "server/messages/violations.h"

namespace actionmatch {
namespace {

// One row for each value that both sides know; the proto's "not set" stands for the core's default and is in no table.
template <typename Proto, typename Core>
struct EnumPair {
  Proto proto;
  Core core;
};

constexpr EnumPair<v1::PathSpec::Kind, PathSpec::Kind> kPathKinds[] = {
    {v1::PathSpec::KIND_AUTO, PathSpec::Kind::kAuto},     {v1::PathSpec::KIND_OBSERVED, PathSpec::Kind::kObserved},
    {v1::PathSpec::KIND_LINEAR, PathSpec::Kind::kLinear}, {v1::PathSpec::KIND_OT, PathSpec::Kind::kOt},
    {v1::PathSpec::KIND_UOT, PathSpec::Kind::kUot},
};
constexpr EnumPair<v1::PathSpec::Bridge, PathSpec::Bridge> kBridges[] = {
    {v1::PathSpec::BRIDGE_AUTO, PathSpec::Bridge::kAuto},
    {v1::PathSpec::BRIDGE_SMOOTH, PathSpec::Bridge::kSmooth},
    {v1::PathSpec::BRIDGE_BROWNIAN, PathSpec::Bridge::kBrownian},
};
constexpr EnumPair<v1::MassSpec::Source, MassSpec::Source> kMassSources[] = {
    {v1::MassSpec::SOURCE_AUTO, MassSpec::Source::kAuto},
    {v1::MassSpec::SOURCE_NONE, MassSpec::Source::kNone},
    {v1::MassSpec::SOURCE_COUNTS, MassSpec::Source::kCounts},
    {v1::MassSpec::SOURCE_GIVEN, MassSpec::Source::kGiven},
};
constexpr EnumPair<v1::TrainingSpec::Times, TrainingSpec::Times> kTimes[] = {
    {v1::TrainingSpec::TIMES_STRATIFIED, TrainingSpec::Times::kStratified},
    {v1::TrainingSpec::TIMES_ADAPTIVE, TrainingSpec::Times::kAdaptive},
    {v1::TrainingSpec::TIMES_GAUSS_LEGENDRE, TrainingSpec::Times::kGaussLegendre},
};
constexpr EnumPair<v1::PotentialSpec::Head, PotentialSpec::Head> kHeads[] = {
    {v1::PotentialSpec::HEAD_VALUE, PotentialSpec::Head::kValue},
    {v1::PotentialSpec::HEAD_INNER_PRODUCT, PotentialSpec::Head::kInnerProduct},
    {v1::PotentialSpec::HEAD_QUADRATIC, PotentialSpec::Head::kQuadratic},
};
constexpr EnumPair<v1::PotentialSpec::Activation, PotentialSpec::Activation> kActivations[] = {
    {v1::PotentialSpec::ACTIVATION_SILU, PotentialSpec::Activation::kSilu},
    {v1::PotentialSpec::ACTIVATION_SOFTPLUS, PotentialSpec::Activation::kSoftplus},
    {v1::PotentialSpec::ACTIVATION_TANH, PotentialSpec::Activation::kTanh},
};
constexpr EnumPair<v1::TrainingSpec::Engine, TrainingSpec::Engine> kEngines[] = {
    {v1::TrainingSpec::ENGINE_AUTO, TrainingSpec::Engine::kAuto},
    {v1::TrainingSpec::ENGINE_FUSED, TrainingSpec::Engine::kFused},
    {v1::TrainingSpec::ENGINE_AUTOGRAD, TrainingSpec::Engine::kAutograd},
};
constexpr EnumPair<v1::TrainingSpec::Device, TrainingSpec::Device> kDevices[] = {
    {v1::TrainingSpec::DEVICE_AUTO, TrainingSpec::Device::kAuto},
    {v1::TrainingSpec::DEVICE_CPU, TrainingSpec::Device::kCpu},
    {v1::TrainingSpec::DEVICE_CUDA, TrainingSpec::Device::kCuda},
};
constexpr EnumPair<v1::TrainingSpec::Precision, TrainingSpec::Precision> kPrecisions[] = {
    {v1::TrainingSpec::PRECISION_FLOAT32, TrainingSpec::Precision::kFloat32},
    {v1::TrainingSpec::PRECISION_BFLOAT16, TrainingSpec::Precision::kBfloat16},
    {v1::TrainingSpec::PRECISION_TF32, TrainingSpec::Precision::kTf32},
};
constexpr EnumPair<v1::TrainingSpec::Form, TrainingSpec::Form> kForms[] = {
    {v1::TrainingSpec::FORM_AUTO, TrainingSpec::Form::kAuto},
    {v1::TrainingSpec::FORM_ACTION, TrainingSpec::Form::kAction},
    {v1::TrainingSpec::FORM_CONDITIONAL, TrainingSpec::Form::kConditional},
};
constexpr EnumPair<v1::Distance, Distance> kDistances[] = {
    {v1::DISTANCE_EXACT, Distance::kExact},
    {v1::DISTANCE_SLICED, Distance::kSliced},
};
constexpr EnumPair<v1::Subset, Subset> kSubsets[] = {
    {v1::SUBSET_ALL, Subset::kAll},
    {v1::SUBSET_TRAIN, Subset::kTrain},
    {v1::SUBSET_VALIDATION, Subset::kValidation},
    {v1::SUBSET_TEST, Subset::kTest},
};

template <typename Proto, typename Core, size_t n>
Proto EnumToProto(const EnumPair<Proto, Core> (&pairs)[n], Core core) {
  for (const auto& pair : pairs) {
    if (pair.core == core) return pair.proto;
  }
  return Proto{};
}

// "Not set" leaves `core` as it is. `name` gives a value's name in the API.
template <typename Proto, typename Core, size_t n, typename Name>
void EnumToCore(const EnumPair<Proto, Core> (&pairs)[n], Proto proto, Name name, absl::string_view field, Core* core,
                std::vector<Violation>* violations) {
  if (proto == Proto{}) return;
  for (const auto& pair : pairs) {
    if (pair.proto == proto) {
      *core = pair.core;
      return;
    }
  }
  const std::string known = absl::StrJoin(
      pairs, ", ", [&](std::string* out, const EnumPair<Proto, Core>& pair) { *out += name(pair.proto); });
  violations->push_back({std::string(field), absl::StrCat("is ", static_cast<int>(proto),
                                                          ", which this server does not know: use one of ", known)});
}

template <typename Target, typename Proto>
void SetIf(bool is_set, const Proto& value, Target* target) {
  if (is_set) *target = value;
}

}  // namespace

TrainSpec ToCore(const v1::TrainSpec& spec, std::vector<Violation>* violations) {
  TrainSpec core;
  const v1::PathSpec& path = spec.path();
  EnumToCore(kPathKinds, path.kind(), v1::PathSpec_Kind_Name<v1::PathSpec::Kind>, "path.kind", &core.path.kind,
             violations);
  SetIf(path.has_plan_points(), path.plan_points(), &core.path.plan_points);
  SetIf(path.has_bridge_noise(), path.bridge_noise(), &core.path.bridge_noise);
  SetIf(path.has_plan_regularisation(), path.plan_regularisation(), &core.path.plan_regularisation);
  EnumToCore(kBridges, path.bridge(), v1::PathSpec_Bridge_Name<v1::PathSpec::Bridge>, "path.bridge", &core.path.bridge,
             violations);

  const v1::MassSpec& mass = spec.mass();
  EnumToCore(kMassSources, mass.source(), v1::MassSpec_Source_Name<v1::MassSpec::Source>, "mass.source",
             &core.mass.source, violations);
  core.mass.values.assign(mass.values().begin(), mass.values().end());

  const v1::PotentialSpec& potential = spec.potential();
  if (potential.hidden_size() > 0) core.potential.hidden.assign(potential.hidden().begin(), potential.hidden().end());
  EnumToCore(kActivations, potential.activation(), v1::PotentialSpec_Activation_Name<v1::PotentialSpec::Activation>,
             "potential.activation", &core.potential.activation, violations);
  EnumToCore(kHeads, potential.head(), v1::PotentialSpec_Head_Name<v1::PotentialSpec::Head>, "potential.head",
             &core.potential.head, violations);
  SetIf(potential.has_time_features(), potential.time_features(), &core.potential.time_features);

  const v1::DynamicsSpec& dynamics = spec.dynamics();
  SetIf(dynamics.has_sigma(), dynamics.sigma(), &core.dynamics.sigma);
  if (dynamics.has_sigma_end()) core.dynamics.sigma_end = dynamics.sigma_end();
  SetIf(dynamics.has_lambda(), dynamics.lambda(), &core.dynamics.lambda);
  SetIf(dynamics.cost().has_power(), dynamics.cost().power(), &core.dynamics.cost.power);
  SetIf(dynamics.cost().has_scale(), dynamics.cost().scale(), &core.dynamics.cost.scale);
  if (dynamics.time_weight_size() > 0) {
    core.dynamics.time_weight.assign(dynamics.time_weight().begin(), dynamics.time_weight().end());
  }

  const v1::TrainingSpec& training = spec.training();
  EnumToCore(kForms, training.form(), v1::TrainingSpec_Form_Name<v1::TrainingSpec::Form>, "training.form",
             &core.training.form, violations);
  EnumToCore(kEngines, training.engine(), v1::TrainingSpec_Engine_Name<v1::TrainingSpec::Engine>, "training.engine",
             &core.training.engine, violations);
  EnumToCore(kDevices, training.device(), v1::TrainingSpec_Device_Name<v1::TrainingSpec::Device>, "training.device",
             &core.training.device, violations);
  EnumToCore(kPrecisions, training.precision(), v1::TrainingSpec_Precision_Name<v1::TrainingSpec::Precision>,
             "training.precision", &core.training.precision, violations);
  EnumToCore(kTimes, training.times(), v1::TrainingSpec_Times_Name<v1::TrainingSpec::Times>, "training.times",
             &core.training.times, violations);
  SetIf(training.has_quadrature_nodes(), training.quadrature_nodes(), &core.training.quadrature_nodes);
  if (training.has_laplacian_probes()) core.training.laplacian_probes = training.laplacian_probes();
  SetIf(training.has_steps(), training.steps(), &core.training.steps);
  SetIf(training.has_batch_size(), training.batch_size(), &core.training.batch_size);
  SetIf(training.has_learning_rate(), training.learning_rate(), &core.training.learning_rate);
  SetIf(training.has_warmup_steps(), training.warmup_steps(), &core.training.warmup_steps);
  SetIf(training.has_clip_norm(), training.clip_norm(), &core.training.clip_norm);
  SetIf(training.has_ema_decay(), training.ema_decay(), &core.training.ema_decay);
  SetIf(training.has_weight_decay(), training.weight_decay(), &core.training.weight_decay);
  SetIf(training.has_evaluation_interval(), training.evaluation_interval(), &core.training.evaluation_interval);
  SetIf(training.has_checkpoint_interval(), training.checkpoint_interval(), &core.training.checkpoint_interval);

  const v1::HoldOutSpec& hold_out = spec.hold_out();
  SetIf(hold_out.has_validation_fraction(), hold_out.validation_fraction(), &core.hold_out.validation_fraction);
  SetIf(hold_out.has_test_fraction(), hold_out.test_fraction(), &core.hold_out.test_fraction);
  SetIf(hold_out.has_refit(), hold_out.refit(), &core.hold_out.refit);
  core.hold_out.test_times.assign(hold_out.test_times().begin(), hold_out.test_times().end());

  SetIf(spec.has_members(), spec.members(), &core.members);
  SetIf(spec.has_seed(), spec.seed(), &core.seed);
  return core;
}

absl::StatusOr<TrainSpec> ToCore(const v1::TrainSpec& spec) {
  std::vector<Violation> violations;
  TrainSpec core = ToCore(spec, &violations);
  if (absl::Status status = ToStatus(violations); !status.ok()) return status;
  return core;
}

v1::TrainSpec ToProto(const TrainSpec& spec) {
  v1::TrainSpec proto;
  proto.mutable_path()->set_kind(EnumToProto(kPathKinds, spec.path.kind));
  proto.mutable_path()->set_plan_points(spec.path.plan_points);
  proto.mutable_path()->set_bridge_noise(spec.path.bridge_noise);
  proto.mutable_path()->set_bridge(EnumToProto(kBridges, spec.path.bridge));
  proto.mutable_path()->set_plan_regularisation(spec.path.plan_regularisation);

  proto.mutable_mass()->set_source(EnumToProto(kMassSources, spec.mass.source));
  proto.mutable_mass()->mutable_values()->Add(spec.mass.values.begin(), spec.mass.values.end());

  v1::PotentialSpec& potential = *proto.mutable_potential();
  potential.mutable_hidden()->Add(spec.potential.hidden.begin(), spec.potential.hidden.end());
  potential.set_activation(EnumToProto(kActivations, spec.potential.activation));
  potential.set_head(EnumToProto(kHeads, spec.potential.head));
  potential.set_time_features(spec.potential.time_features);

  v1::DynamicsSpec& dynamics = *proto.mutable_dynamics();
  dynamics.set_sigma(spec.dynamics.sigma);
  if (spec.dynamics.sigma_end.has_value()) dynamics.set_sigma_end(*spec.dynamics.sigma_end);
  dynamics.set_lambda(spec.dynamics.lambda);
  dynamics.mutable_cost()->set_power(spec.dynamics.cost.power);
  dynamics.mutable_cost()->set_scale(spec.dynamics.cost.scale);
  dynamics.mutable_time_weight()->Add(spec.dynamics.time_weight.begin(), spec.dynamics.time_weight.end());

  v1::TrainingSpec& training = *proto.mutable_training();
  training.set_form(EnumToProto(kForms, spec.training.form));
  training.set_engine(EnumToProto(kEngines, spec.training.engine));
  training.set_device(EnumToProto(kDevices, spec.training.device));
  training.set_precision(EnumToProto(kPrecisions, spec.training.precision));
  training.set_times(EnumToProto(kTimes, spec.training.times));
  training.set_quadrature_nodes(spec.training.quadrature_nodes);
  if (spec.training.laplacian_probes.has_value()) training.set_laplacian_probes(*spec.training.laplacian_probes);
  training.set_steps(spec.training.steps);
  training.set_batch_size(spec.training.batch_size);
  training.set_learning_rate(spec.training.learning_rate);
  training.set_warmup_steps(spec.training.warmup_steps);
  training.set_clip_norm(spec.training.clip_norm);
  training.set_ema_decay(spec.training.ema_decay);
  if (spec.training.weight_decay.has_value()) training.set_weight_decay(*spec.training.weight_decay);
  training.set_evaluation_interval(spec.training.evaluation_interval);
  training.set_checkpoint_interval(spec.training.checkpoint_interval);

  v1::HoldOutSpec& hold_out = *proto.mutable_hold_out();
  if (spec.hold_out.validation_fraction.has_value()) {
    hold_out.set_validation_fraction(*spec.hold_out.validation_fraction);
  }
  hold_out.set_test_fraction(spec.hold_out.test_fraction);
  hold_out.set_refit(spec.hold_out.refit);
  hold_out.mutable_test_times()->Add(spec.hold_out.test_times.begin(), spec.hold_out.test_times.end());

  proto.set_members(spec.members);
  proto.set_seed(spec.seed);
  return proto;
}

v1::ResolvedChoices ToProto(const Provenance& provenance) {
  v1::ResolvedChoices proto;
  proto.set_path(EnumToProto(kPathKinds, provenance.path));
  proto.set_path_reason(provenance.path_reason);
  proto.set_form(EnumToProto(kForms, provenance.form));
  proto.set_device(EnumToProto(kDevices, provenance.spec.training.device));
  proto.set_engine(EnumToProto(kEngines, provenance.spec.training.engine));
  return proto;
}

v1::SnapshotScore ToProto(const SnapshotScore& score) {
  v1::SnapshotScore proto;
  proto.set_time(score.time);
  proto.set_source_time(score.source_time);
  proto.set_subset(EnumToProto(kSubsets, score.subset));
  proto.set_pushed_count(score.pushed_count);
  proto.set_observed_count(score.observed_count);
  proto.set_pushed_present(score.pushed_present);
  proto.set_observed_present(score.observed_present);
  proto.set_distance(EnumToProto(kDistances, score.distance));
  proto.set_split_seed(score.split_seed);
  if (score.floor_seed.has_value()) proto.set_floor_seed(*score.floor_seed);
  proto.mutable_member_seeds()->Add(score.member_seeds.begin(), score.member_seeds.end());
  proto.set_w1(score.w1);
  proto.set_w2(score.w2);
  proto.set_mmd2(score.mmd2);
  if (score.copy_w1.has_value()) proto.set_copy_w1(*score.copy_w1);
  if (score.copy_w2.has_value()) proto.set_copy_w2(*score.copy_w2);
  if (score.floor_w1.has_value()) proto.set_floor_w1(*score.floor_w1);
  if (score.floor_w2.has_value()) proto.set_floor_w2(*score.floor_w2);
  proto.set_floor_pushed_count(score.floor_pushed_count);
  proto.set_floor_observed_count(score.floor_observed_count);
  proto.set_members(score.members);
  proto.set_w1_deviation(score.w1_deviation);
  proto.set_w2_deviation(score.w2_deviation);
  proto.set_w1_error_bound(score.w1_error_bound);
  proto.set_w2_error_bound(score.w2_error_bound);
  proto.set_mass(score.mass);
  if (score.observed_mass.has_value()) proto.set_observed_mass(*score.observed_mass);
  proto.set_effective_sample_size(score.effective_sample_size);
  return proto;
}

v1::Progress ToProto(const Progress& progress) {
  v1::Progress proto;
  proto.set_member(progress.member);
  proto.set_step(progress.step);
  proto.set_total_steps(progress.total_steps);
  proto.set_loss(progress.loss);
  proto.set_gradient_norm(progress.gradient_norm);
  proto.set_learning_rate(progress.learning_rate);
  proto.set_step_seconds(progress.step_seconds);
  for (const SnapshotScore& score : progress.scores) *proto.add_scores() = ToProto(score);
  proto.set_selected_step(progress.selected_step);
  proto.set_selected_distance(progress.selected_distance);
  return proto;
}

absl::StatusOr<Subset> ToCore(v1::Subset subset) {
  Subset core = Subset::kAll;
  std::vector<Violation> violations;
  EnumToCore(kSubsets, subset, v1::Subset_Name<v1::Subset>, "subset", &core, &violations);
  if (absl::Status status = ToStatus(violations); !status.ok()) return status;
  return core;
}

DatasetShape ShapeOf(const v1::Dataset& dataset) {
  DatasetShape shape;
  shape.dimension = dataset.dimension();
  for (const v1::SnapshotSummary& snapshot : dataset.snapshots()) {
    shape.times.push_back(snapshot.time());
    shape.counts.push_back(snapshot.count());
    shape.weight_sums.push_back(snapshot.weight_sum());
  }
  return shape;
}

absl::Status CheckWeights(const v1::Dataset& dataset) {
  for (const v1::SnapshotSummary& summary : dataset.snapshots()) {
    if (summary.weight_sum() > 0) continue;
    return absl::FailedPreconditionError(
        absl::StrCat("the ", summary.count(), " points of ", dataset.name(), " at time ", summary.time(),
                     " all have weight 0, and every time needs some: append points with a positive weight there, or "
                     "make a dataset without that time"));
  }
  return absl::OkStatus();
}

v1::Field Describe(const Field& field, absl::string_view bytes) {
  v1::Field proto;
  const Provenance& provenance = field.provenance();
  const Standardisation& standardisation = field.standardisation();
  proto.set_dimension(static_cast<int32_t>(field.dimension()));
  proto.set_start_time(field.start_time());
  proto.set_end_time(field.end_time());
  *proto.mutable_train() = ToProto(provenance.spec);
  *proto.mutable_dynamics() = proto.train().dynamics();
  v1::Standardisation& units = *proto.mutable_standardisation();
  units.mutable_mean()->Add(standardisation.mean.begin(), standardisation.mean.end());
  units.set_scale(standardisation.scale);
  units.set_start_time(standardisation.start_time);
  units.set_duration(standardisation.duration);
  *proto.mutable_resolved() = ToProto(provenance);
  proto.set_members(field.members());
  proto.set_dataset(provenance.dataset);
  proto.set_dataset_uid(provenance.dataset_uid);
  proto.set_last_batch(provenance.last_batch);
  proto.set_content_hash(provenance.content_hash);
  proto.mutable_selected_steps()->Add(provenance.selected_steps.begin(), provenance.selected_steps.end());
  proto.mutable_snapshot_times()->Add(provenance.snapshot_times.begin(), provenance.snapshot_times.end());
  proto.mutable_snapshot_masses()->Add(provenance.snapshot_masses.begin(), provenance.snapshot_masses.end());
  for (const SnapshotScore& score : provenance.scores) *proto.add_scores() = ToProto(score);
  proto.set_file_hash(Sha256Hex(bytes));
  proto.set_file_bytes(static_cast<int64_t>(bytes.size()));
  proto.mutable_axis_names()->Add(provenance.axis_names.begin(), provenance.axis_names.end());
  proto.set_time_unit(provenance.time_unit);
  if (provenance.transform) {
    proto.mutable_transform()->mutable_scale()->Add(provenance.transform->begin(), provenance.transform->end());
  }
  return proto;
}

}  // namespace actionmatch
