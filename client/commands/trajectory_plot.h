// DrawTrajectories: a picture of a field's trajectories over the snapshots of a dataset.

#ifndef ACTIONMATCH_CLIENT_COMMANDS_TRAJECTORY_PLOT_H_
#define ACTIONMATCH_CLIENT_COMMANDS_TRAJECTORY_PLOT_H_

#include <map>
#include <string>

#include "absl/status/status.h"
#include "client/client.h"
#include "client/files/point_table.h"

namespace actionmatch {

using PointsByTime = std::map<double, PointTable>;
PointsByTime ByTime(const SnapshotTable& table);

// Samples some of the trajectories anew, at more times than the request asks for, and writes a picture of them over the
// snapshots as SVG. `snapshots` may be empty.
absl::Status DrawTrajectories(Client& client, const v1::Field& field, v1::SampleTrajectoriesRequest request,
                              const PointTable& start, double start_time, const PointsByTime& snapshots,
                              const std::string& path);

}  // namespace actionmatch

#endif  // ACTIONMATCH_CLIENT_COMMANDS_TRAJECTORY_PLOT_H_
