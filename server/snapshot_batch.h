// A batch of snapshots on its way in: checks that need nothing but the batch, and its stored form.

#ifndef ACTIONMATCH_SERVER_SNAPSHOT_BATCH_H_
#define ACTIONMATCH_SERVER_SNAPSHOT_BATCH_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "actionmatch/v1/dataset.pb.h"
#include "core/snapshots.h"
#include "server/store.h"

namespace actionmatch {

// INVALID_ARGUMENT naming field and remedy: number below 1, points not [n, D] or not finite (index named), unknown data
// type, data shorter or longer than the shape says, times or weights of the wrong length or not finite, negative
// weights, no time. UNIMPLEMENTED for fields of a later version.
absl::Status CheckBatch(const v1::SnapshotBatch& batch);

// The stored file (tensor_file.h, kind "batch"), and back.
std::string SerializeBatch(const v1::SnapshotBatch& batch);
absl::StatusOr<v1::SnapshotBatch> ParseBatch(absl::string_view bytes);

// Equal for equal content: number, points with their type, times row by row, weights. (One time for all is equal to the
// same time for each; no weights are equal to weights of 1.)
std::string BatchHash(const v1::SnapshotBatch& batch);

// Reads batches 1..last_batch of a dataset as the core's snapshots. DATA_LOSS names a damaged file.
absl::StatusOr<Snapshots> LoadSnapshots(Store& store, const v1::Dataset& dataset, int64_t last_batch);

}  // namespace actionmatch

#endif  // ACTIONMATCH_SERVER_SNAPSHOT_BATCH_H_
