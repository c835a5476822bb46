// The API's simulated populations: the core draws them, and this cuts them into batches.

#ifndef ACTIONMATCH_SERVER_MESSAGES_SIMULATION_H_
#define ACTIONMATCH_SERVER_MESSAGES_SIMULATION_H_

#include <vector>

#include "absl/status/statusor.h"
#include "actionmatch/v1/dataset.pb.h"
#include "core/simulation/simulate.h"

namespace actionmatch {

// Fills in the defaults of `simulation` and draws the population. The errors are those of the core's Population::Draw.
// `before_draw` must be set.
absl::StatusOr<std::vector<v1::SnapshotBatch>> Draw(v1::Simulation* simulation, const BeforeDraw& before_draw);

}  // namespace actionmatch

#endif  // ACTIONMATCH_SERVER_MESSAGES_SIMULATION_H_
