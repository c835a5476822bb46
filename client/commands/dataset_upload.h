// Upload: sends rows to a dataset, until they are stored or Ctrl-C ends the sending.

#ifndef ACTIONMATCH_CLIENT_COMMANDS_DATASET_UPLOAD_H_
#define ACTIONMATCH_CLIENT_COMMANDS_DATASET_UPLOAD_H_

#include <cstdint>

#include "absl/status/status.h"
#include "client/client.h"
#include "client/files/point_table.h"

namespace actionmatch {

// The result of sending rows. If there is no error, fewer rows than all are stored only if the sending was interrupted.
struct Sent {
  absl::Status status;
  int64_t rows = 0;  // rows that are known to be stored
};

// Streams all rows as batches numbered from first_number on, with progress on standard error. The same files make the
// same batches, so that a put that was cut off can be repeated. The first Ctrl-C ends the sending, the second Ctrl-C
// ends the program. One upload at a time in a process.
Sent Upload(Client& client, const SnapshotTable& table, const v1::Dataset& dataset, int64_t first_number);

}  // namespace actionmatch

#endif  // ACTIONMATCH_CLIENT_COMMANDS_DATASET_UPLOAD_H_
