// The engines of point_passes.h, best first; the last one serves every potential.

#include "core/potential/point_passes.h"

namespace actionmatch {

// Each maker stands in a file of its engine's name, and returns null if the engine cannot serve the potential.
std::unique_ptr<const PointEngine> MakeFusedPointEngine(const Potential& potential,
                                                        const std::vector<Parameters>& members);
std::unique_ptr<const PointEngine> MakeAutogradPointEngine(const Potential& potential,
                                                           const std::vector<Parameters>& members);

std::unique_ptr<const PointEngine> MakePointEngine(const Potential& potential, const std::vector<Parameters>& members) {
  for (const auto make : {MakeFusedPointEngine, MakeAutogradPointEngine}) {
    std::unique_ptr<const PointEngine> engine = make(potential, members);
    if (engine != nullptr) return engine;
  }
  return nullptr;  // never: the last one serves every potential
}

}  // namespace actionmatch
