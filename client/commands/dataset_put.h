// `actionmatch dataset put`: files become a dataset on the server.

#ifndef ACTIONMATCH_CLIENT_COMMANDS_DATASET_PUT_H_
#define ACTIONMATCH_CLIENT_COMMANDS_DATASET_PUT_H_

#include "absl/status/statusor.h"
#include "client/terminal/session.h"

namespace actionmatch {

// The dataset as it is after the rows were sent. A dataset that was made for them is deleted again if none was taken.
// Where only some may be stored, also after Ctrl-C, the error says how to send the rest.
absl::StatusOr<v1::Dataset> PutDataset(const Session& session, const Arguments& arguments);

}  // namespace actionmatch

#endif  // ACTIONMATCH_CLIENT_COMMANDS_DATASET_PUT_H_
