#include "server/messages/convert.h"

#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "core/storage/tensor_file.h"
#include "server/messages/enum_words.h"
#include "server/messages/error_reasons.h"
#include "server/messages/train_spec_message.h"
#include "server/messages/violations.h"

namespace actionmatch {

v1::ResolvedChoices ToProto(const Provenance& provenance) {
  v1::ResolvedChoices proto;
  proto.set_path(EnumToProto<v1::PathSpec::Kind>(provenance.path));
  proto.set_path_reason(provenance.path_reason);
  proto.set_form(EnumToProto<v1::TrainingSpec::Form>(provenance.form));
  proto.set_device(EnumToProto<v1::TrainingSpec::Device>(provenance.spec.training.device));
  proto.set_engine(EnumToProto<v1::TrainingSpec::Engine>(provenance.spec.training.engine));
  return proto;
}

v1::SnapshotScore ToProto(const SnapshotScore& score) {
  v1::SnapshotScore proto;
  proto.set_time(score.time);
  proto.set_source_time(score.source_time);
  proto.set_subset(EnumToProto<v1::Subset>(score.subset));
  proto.set_pushed_count(score.pushed_count);
  proto.set_observed_count(score.observed_count);
  proto.set_pushed_present(score.pushed_present);
  proto.set_observed_present(score.observed_present);
  proto.set_distance(EnumToProto<v1::Distance>(score.distance));
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
  if (subset == v1::SUBSET_UNSPECIFIED) return Subset::kAll;
  const std::optional<Subset> core = EnumValue<Subset>(*v1::Subset_descriptor(), subset);
  if (core.has_value()) return *core;
  return ToStatus(std::vector<Violation>{{"subset", UnknownNumber<Subset>(*v1::Subset_descriptor(), subset)}});
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
    return ErrorOf(
        v1::ERROR_REASON_NO_WEIGHT, {{"dataset", dataset.name()}, {"time", absl::StrCat(summary.time())}},
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
