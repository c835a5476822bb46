// Conversions of a training spec between the API's message and the core's struct.

#ifndef ACTIONMATCH_SERVER_MESSAGES_TRAIN_SPEC_MESSAGE_H_
#define ACTIONMATCH_SERVER_MESSAGES_TRAIN_SPEC_MESSAGE_H_

#include <vector>

#include "absl/status/statusor.h"
#include "actionmatch/v1/train_spec.pb.h"
#include "core/spec/spec.h"

namespace actionmatch {

// INVALID_ARGUMENT for enum values that this version does not know. Fields not set get the core's defaults.
absl::StatusOr<TrainSpec> ToCore(const v1::TrainSpec& spec);
// As above, except that each unknown enum value adds to `violations` and leaves the default.
TrainSpec ToCore(const v1::TrainSpec& spec, std::vector<Violation>* violations);
// The message, with every field set whose setting has a value.
v1::TrainSpec ToProto(const TrainSpec& spec);

}  // namespace actionmatch

#endif  // ACTIONMATCH_SERVER_MESSAGES_TRAIN_SPEC_MESSAGE_H_
