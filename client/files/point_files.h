// Points and snapshots in files, in the format that the path's ending asks for (formats.h has those there are).

#ifndef ACTIONMATCH_CLIENT_FILES_POINT_FILES_H_
#define ACTIONMATCH_CLIENT_FILES_POINT_FILES_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "client/files/file_keys.h"
#include "client/files/point_table.h"

namespace actionmatch {

// Rows with their times. All errors name the file.
absl::StatusOr<SnapshotTable> ReadSnapshots(const std::string& path, const FileKeys& keys);
// The rows of several files, one after the other: INVALID_ARGUMENT unless they have the same components in one order,
// and weights in all files or in none.
absl::StatusOr<SnapshotTable> ReadSnapshots(absl::Span<const std::string> paths, const FileKeys& keys);
// Rows without times: all columns of a CSV file, or those named.
absl::StatusOr<PointTable> ReadPoints(const std::string& path, const std::vector<std::string>& points_key);

// ReadSnapshots without keys reads it back.
absl::Status WriteSnapshots(const std::string& path, const SnapshotTable& table);

}  // namespace actionmatch

#endif  // ACTIONMATCH_CLIENT_FILES_POINT_FILES_H_
