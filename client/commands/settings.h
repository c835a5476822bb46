// `--set a.b=value`: sets fields of a message by their names in the API.

#ifndef ACTIONMATCH_CLIENT_COMMANDS_SETTINGS_H_
#define ACTIONMATCH_CLIENT_COMMANDS_SETTINGS_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/message.h"

namespace actionmatch {

// setting: "training.steps=500", "path.kind=ot" (enum values by their short or full name), "potential.hidden=64,64"
// (lists replace what is there). INVALID_ARGUMENT names the part that is not understood, and the names or values that
// are allowed.
absl::Status ApplySetting(absl::string_view setting, google::protobuf::Message* message);

// Reads the message from its JSON form; INVALID_ARGUMENT for a key that the message does not have.
absl::Status ParseJson(absl::string_view json, google::protobuf::Message* message);

}  // namespace actionmatch

#endif  // ACTIONMATCH_CLIENT_COMMANDS_SETTINGS_H_
