// A batch of snapshots on its way in: checks that need nothing but the batch, and its stored form. No state; any
// thread.

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

// INVALID_ARGUMENT naming field and remedy: number below 1, points not [n, D] or not finite (index named), unknown data
// type, data shorter or longer than the shape says, times or weights of the wrong length or not finite, negative
// weights, no time. UNIMPLEMENTED for fields of a later version.
absl::Status CheckBatch(const v1::SnapshotBatch& batch);

// What follows needs a batch that passed CheckBatch.

int64_t RowCount(const v1::SnapshotBatch& batch);
int64_t Dimension(const v1::SnapshotBatch& batch);
// [n]: each row's time and weight, whichever way the batch gives them.
std::vector<double> RowTimes(const v1::SnapshotBatch& batch);
std::vector<double> RowWeights(const v1::SnapshotBatch& batch);

// The stored file (core/tensor_file.h, kind "batch"), and back.
std::string SerializeBatch(const v1::SnapshotBatch& batch);
absl::StatusOr<v1::SnapshotBatch> ParseBatch(absl::string_view bytes);

// The rows as a dataset's content hash takes them: for each, time (float64), weight (float64), point as stored.
std::string ContentBytes(const v1::SnapshotBatch& batch);

// SHA-256 over number, data type, dimension and content. (One time for all is equal to the same time for each; no
// weights are equal to weights of 1.)
std::string BatchHash(const v1::SnapshotBatch& batch);

void AddTo(SnapshotsBuilder& builder, const v1::SnapshotBatch& batch);

}  // namespace actionmatch

#endif  // ACTIONMATCH_SERVER_MESSAGES_SNAPSHOT_BATCH_H_
