#include "core/simulation/population.h"

namespace actionmatch {

// Each maker stands in the source file of its population.
std::unique_ptr<Population> MakeGaussians();
std::unique_ptr<Population> MakeBranching();
std::unique_ptr<Population> MakeOrnsteinUhlenbeck();
std::unique_ptr<Population> MakeThreeGene();
std::unique_ptr<Population> MakeHydrogen();

// To add a population, add a source file like gaussians.cc, which may keep the struct to itself; its maker and its row
// here; and a message in dataset.proto, whose field in Simulation has the row's word.
absl::Span<const PopulationRow> Populations() {
  static constexpr PopulationRow kRows[] = {
      {"gaussians", MakeGaussians},  {"branching", MakeBranching}, {"ou", MakeOrnsteinUhlenbeck},
      {"three_gene", MakeThreeGene}, {"hydrogen", MakeHydrogen},
  };
  return kRows;
}

}  // namespace actionmatch
