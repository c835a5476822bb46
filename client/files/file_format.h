// FileFormat: the functions that read and write a kind of file.

#ifndef ACTIONMATCH_CLIENT_FILES_FILE_FORMAT_H_
#define ACTIONMATCH_CLIENT_FILES_FILE_FORMAT_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "client/files/file_keys.h"
#include "client/files/point_table.h"

namespace actionmatch {

// A function that is not set stands for content that the format cannot hold. Errors of all functions name the file.
// read_snapshots without keys brings back everything that write_snapshots wrote: numbers, times and weights, and, with
// keeps_names, the components' names as ColumnNames makes them.
struct FileFormat {
  const char* ending;  // ".csv": lower case with its dot; paths may have it in upper case
  // Texts for help: how a file holds snapshots and trajectories.
  const char* snapshot_layout = "";
  const char* trajectory_layout = "";

  // Reads rows without times: all components of the file, or the components that the key names.
  absl::StatusOr<PointTable> (*read_points)(const std::string& path, const std::vector<std::string>& key) = nullptr;
  // Reads rows with times.
  absl::StatusOr<SnapshotTable> (*read_snapshots)(const std::string& path, const FileKeys& keys) = nullptr;
  absl::Status (*write_snapshots)(const std::string& path, const SnapshotTable& table) = nullptr;
  // names: [D].
  absl::Status (*write_trajectories)(const std::string& path, const std::vector<std::string>& names,
                                     const SampledTrajectories& trajectories) = nullptr;
  // columns: at least one.
  absl::Status (*write_columns)(const std::string& path, const std::vector<NamedColumn>& columns) = nullptr;
  bool keeps_names = false;  // files hold the components' names
};

}  // namespace actionmatch

#endif  // ACTIONMATCH_CLIENT_FILES_FILE_FORMAT_H_
