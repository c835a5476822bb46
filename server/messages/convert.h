// Conversions between the API's messages and the core's structs: fields, scores and progress. (train_spec_message.h
// converts specs.)

#ifndef ACTIONMATCH_SERVER_MESSAGES_CONVERT_H_
#define ACTIONMATCH_SERVER_MESSAGES_CONVERT_H_

#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "actionmatch/v1/dataset.pb.h"
#include "actionmatch/v1/field.pb.h"
#include "actionmatch/v1/job.pb.h"
#include "actionmatch/v1/train_spec.pb.h"
#include "core/field/field.h"
#include "core/simulation/simulate.h"
#include "core/snapshots/snapshots.h"
#include "core/spec/spec.h"
#include "core/training/trainer.h"
#include "server/messages/tensor.h"

namespace actionmatch {

v1::ResolvedChoices ToProto(const Provenance& provenance);
v1::SnapshotScore ToProto(const SnapshotScore& score);
v1::Progress ToProto(const Progress& progress);
absl::StatusOr<Subset> ToCore(v1::Subset subset);  // UNSPECIFIED is kAll

DatasetShape ShapeOf(const v1::Dataset& dataset);
// FAILED_PRECONDITION, naming dataset and time, if all points of some time weigh 0: no distance to such a snapshot is
// defined.
absl::Status CheckWeights(const v1::Dataset& dataset);

// Everything of a v1::Field that its file holds: all fields except name, uid, job, labels, owner, etag and create_time.
v1::Field Describe(const Field& field, absl::string_view bytes);

}  // namespace actionmatch

#endif  // ACTIONMATCH_SERVER_MESSAGES_CONVERT_H_
