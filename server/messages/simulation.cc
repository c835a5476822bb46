#include "server/messages/simulation.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "core/simulation/simulate.h"
#include "core/snapshots/snapshots.h"
#include "server/messages/tensor.h"

namespace actionmatch {
namespace {

constexpr int64_t kBatchBytes = 1 << 20;

// Takes a parameter from the message, or its default into the message.
#define ACTIONMATCH_PARAMETER(name)                             \
  if (message->has_##name()) population.name = message->name(); \
  message->set_##name(population.name)

Gaussians ToCore(v1::GaussiansSimulation* message) {
  Gaussians population;
  ACTIONMATCH_PARAMETER(dimension);
  ACTIONMATCH_PARAMETER(snapshots);
  ACTIONMATCH_PARAMETER(points);
  ACTIONMATCH_PARAMETER(shift);
  ACTIONMATCH_PARAMETER(spread);
  return population;
}

Branching ToCore(v1::BranchingSimulation* message) {
  Branching population;
  ACTIONMATCH_PARAMETER(dimension);
  ACTIONMATCH_PARAMETER(snapshots);
  ACTIONMATCH_PARAMETER(points);
  ACTIONMATCH_PARAMETER(branches);
  ACTIONMATCH_PARAMETER(length);
  ACTIONMATCH_PARAMETER(noise);
  population.growth.assign(message->growth().begin(), message->growth().end());
  return population;
}

OrnsteinUhlenbeck ToCore(v1::OrnsteinUhlenbeckSimulation* message) {
  OrnsteinUhlenbeck population;
  ACTIONMATCH_PARAMETER(dimension);
  ACTIONMATCH_PARAMETER(snapshots);
  ACTIONMATCH_PARAMETER(points);
  ACTIONMATCH_PARAMETER(duration);
  ACTIONMATCH_PARAMETER(rate);
  ACTIONMATCH_PARAMETER(sigma);
  ACTIONMATCH_PARAMETER(start);
  ACTIONMATCH_PARAMETER(spread);
  return population;
}

ThreeGene ToCore(v1::ThreeGeneSimulation* message) {
  ThreeGene population;
  ACTIONMATCH_PARAMETER(snapshots);
  ACTIONMATCH_PARAMETER(points);
  ACTIONMATCH_PARAMETER(interval);
  ACTIONMATCH_PARAMETER(noise);
  ACTIONMATCH_PARAMETER(division);
  return population;
}

Hydrogen ToCore(v1::HydrogenSimulation* message) {
  Hydrogen population;
  ACTIONMATCH_PARAMETER(snapshots);
  ACTIONMATCH_PARAMETER(points);
  return population;
}

#undef ACTIONMATCH_PARAMETER

absl::StatusOr<Snapshots> DrawSnapshots(v1::Simulation* simulation, const BeforeDraw& before_draw) {
  switch (simulation->population_case()) {
    case v1::Simulation::kGaussians:
      return Simulate(ToCore(simulation->mutable_gaussians()), simulation->seed(), before_draw);
    case v1::Simulation::kBranching:
      return Simulate(ToCore(simulation->mutable_branching()), simulation->seed(), before_draw);
    case v1::Simulation::kOu:
      return Simulate(ToCore(simulation->mutable_ou()), simulation->seed(), before_draw);
    case v1::Simulation::kThreeGene:
      return Simulate(ToCore(simulation->mutable_three_gene()), simulation->seed(), before_draw);
    case v1::Simulation::kHydrogen:
      return Simulate(ToCore(simulation->mutable_hydrogen()), simulation->seed(), before_draw);
    case v1::Simulation::POPULATION_NOT_SET:
      break;
  }
  return absl::InvalidArgumentError(
      "simulation.population is required: set gaussians, branching, ou, three_gene or hydrogen");
}

}  // namespace

absl::StatusOr<std::vector<v1::SnapshotBatch>> Draw(v1::Simulation* simulation, const BeforeDraw& before_draw) {
  absl::StatusOr<Snapshots> snapshots = DrawSnapshots(simulation, before_draw);
  if (!snapshots.ok()) {
    return absl::Status(snapshots.status().code(), absl::StrCat("simulation: ", snapshots.status().message()));
  }
  const int64_t dimension = snapshots->dimension;
  const int64_t rows_at_once = std::max<int64_t>(1, kBatchBytes / (dimension * static_cast<int64_t>(sizeof(double))));
  std::vector<v1::SnapshotBatch> batches;
  for (const Snapshot& snapshot : snapshots->at) {
    for (int64_t first = 0; first < snapshot.points.count(); first += rows_at_once) {
      if (absl::Status status = before_draw(); !status.ok()) return status;
      const int64_t rows = std::min(rows_at_once, snapshot.points.count() - first);
      v1::SnapshotBatch& batch = batches.emplace_back();
      batch.set_number(static_cast<int64_t>(batches.size()));
      batch.set_time(snapshot.time);
      *batch.mutable_points() =
          ToTensor(absl::MakeConstSpan(snapshot.points.values).subspan(first * dimension, rows * dimension),
                   {rows, dimension}, v1::DATA_TYPE_FLOAT64);
    }
  }
  return batches;
}

}  // namespace actionmatch
