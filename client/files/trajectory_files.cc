#include "client/files/trajectory_files.h"

#include "client/files/formats.h"

namespace actionmatch {

absl::Status WriteTrajectories(const std::string& path, const std::vector<std::string>& names,
                               const SampledTrajectories& trajectories) {
  const auto write = FunctionFor(path, &FileFormat::write_trajectories);
  if (!write.ok()) return write.status();
  return (*write)(path, names, trajectories);
}

}  // namespace actionmatch
