// `actionmatch dataset put`: files become a dataset on the server.

#ifndef ACTIONMATCH_CLIENT_COMMANDS_DATASET_PUT_H_
#define ACTIONMATCH_CLIENT_COMMANDS_DATASET_PUT_H_

#include "absl/status/statusor.h"
#include "client/terminal/session.h"

namespace actionmatch {

// Sends the rows of files, and returns the dataset as it is afterwards. A dataset that was made for the rows is deleted
// again if the server stored none of them. If only some rows may be stored, also after Ctrl-C, the error says how to
// send the rest.
absl::StatusOr<v1::Dataset> PutDataset(const Session& session, const Arguments& arguments);

}  // namespace actionmatch

#endif  // ACTIONMATCH_CLIENT_COMMANDS_DATASET_PUT_H_
