// A training's spec between the API's message and the core's struct.

#ifndef ACTIONMATCH_SERVER_MESSAGES_TRAIN_SPEC_MESSAGE_H_
#define ACTIONMATCH_SERVER_MESSAGES_TRAIN_SPEC_MESSAGE_H_

#include <vector>

#include "absl/status/statusor.h"
#include "actionmatch/v1/train_spec.pb.h"
#include "core/spec/spec.h"

namespace actionmatch {

// INVALID_ARGUMENT for enum values this version does not know. Fields not set get the core's defaults.
absl::StatusOr<TrainSpec> ToCore(const v1::TrainSpec& spec);
// The same, with each unknown enum value added to `violations` and left at its default.
TrainSpec ToCore(const v1::TrainSpec& spec, std::vector<Violation>* violations);
// Every field set whose setting has a value.
v1::TrainSpec ToProto(const TrainSpec& spec);

}  // namespace actionmatch

#endif  // ACTIONMATCH_SERVER_MESSAGES_TRAIN_SPEC_MESSAGE_H_
