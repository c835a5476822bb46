// Sampled trajectories in files. The path's ending chooses the format.

#ifndef ACTIONMATCH_CLIENT_FILES_TRAJECTORY_FILES_H_
#define ACTIONMATCH_CLIENT_FILES_TRAJECTORY_FILES_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "client/files/point_table.h"

namespace actionmatch {

// names: [D], the components' names.
absl::Status WriteTrajectories(const std::string& path, const std::vector<std::string>& names,
                               const SampledTrajectories& trajectories);

}  // namespace actionmatch

#endif  // ACTIONMATCH_CLIENT_FILES_TRAJECTORY_FILES_H_
