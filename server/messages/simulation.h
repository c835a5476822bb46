// Simulated populations of the API, drawn by the core and cut into batches.

#ifndef ACTIONMATCH_SERVER_MESSAGES_SIMULATION_H_
#define ACTIONMATCH_SERVER_MESSAGES_SIMULATION_H_

#include <vector>

#include "absl/status/statusor.h"
#include "actionmatch/v1/dataset.pb.h"
#include "core/simulation/simulate.h"

namespace actionmatch {

// Fills in the defaults of `simulation` and draws it. Errors as the core's Simulate, whose `before_draw` must be set.
absl::StatusOr<std::vector<v1::SnapshotBatch>> Draw(v1::Simulation* simulation, const BeforeDraw& before_draw);

}  // namespace actionmatch

#endif  // ACTIONMATCH_SERVER_MESSAGES_SIMULATION_H_
