// Points and snapshots in files. The path's ending chooses the format (formats.h has the table).

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

// Reads rows with their times. All errors name the file.
absl::StatusOr<SnapshotTable> ReadSnapshots(const std::string& path, const FileKeys& keys);
// Reads the rows of several files, one after the other. INVALID_ARGUMENT unless all files have the same components in
// the same order, and either all or none have weights.
absl::StatusOr<SnapshotTable> ReadSnapshots(absl::Span<const std::string> paths, const FileKeys& keys);
// Reads rows without times: all columns of a CSV file, or the columns that points_key names.
absl::StatusOr<PointTable> ReadPoints(const std::string& path, const std::vector<std::string>& points_key);

// Writes the table, which ReadSnapshots without keys reads back.
absl::Status WriteSnapshots(const std::string& path, const SnapshotTable& table);

}  // namespace actionmatch

#endif  // ACTIONMATCH_CLIENT_FILES_POINT_FILES_H_
