// A batch of snapshots that comes in: checks that need only the batch, and its stored form. No state; any thread.

#ifndef ACTIONMATCH_SERVER_MESSAGES_SNAPSHOT_BATCH_H_
#define ACTIONMATCH_SERVER_MESSAGES_SNAPSHOT_BATCH_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "actionmatch/v1/dataset.pb.h"
#include "core/snapshots/snapshots.h"

namespace actionmatch {

inline constexpr int kMaxComponents = 65536;  // of a point

// INVALID_ARGUMENT, naming the field and the remedy: number below 1, points not [n, D] or not finite (the index is
// named), unknown data type, data shorter or longer than the shape says, times or weights of the wrong length or not
// finite, negative weights, no time. UNIMPLEMENTED for fields of a later version.
absl::Status CheckBatch(const v1::SnapshotBatch& batch);

// All functions below need a batch that passed CheckBatch.

int64_t RowCount(const v1::SnapshotBatch& batch);
int64_t Dimension(const v1::SnapshotBatch& batch);
// [n]: each row's time and weight, in whichever form the batch gives them.
std::vector<double> RowTimes(const v1::SnapshotBatch& batch);
std::vector<double> RowWeights(const v1::SnapshotBatch& batch);

// A batch as its stored file (core/storage/tensor_file.h, kind "batch"), and back.
std::string SerializeBatch(const v1::SnapshotBatch& batch);
absl::StatusOr<v1::SnapshotBatch> ParseBatch(absl::string_view bytes);

// The rows in the form that a dataset's content hash takes: for each row its time (float64), its weight (float64) and
// its point as stored.
std::string ContentBytes(const v1::SnapshotBatch& batch);

// SHA-256 over number, data type, dimension and content. (One time for all rows counts as that time for each row; no
// weights count as weights of 1.)
std::string BatchHash(const v1::SnapshotBatch& batch);

void AddTo(SnapshotsBuilder& builder, const v1::SnapshotBatch& batch);

}  // namespace actionmatch

#endif  // ACTIONMATCH_SERVER_MESSAGES_SNAPSHOT_BATCH_H_
