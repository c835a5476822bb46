#include "core/potential/potential_kinds.h"

#include "core/potential/perceptron.h"

namespace actionmatch {

// The makers that stand in a file of their kind's name.
std::shared_ptr<const Potential> MakeAffine(const PotentialSpec& spec, int64_t dimension);

namespace {

std::shared_ptr<const Potential> MakePerceptron(const PotentialSpec& spec, int64_t dimension) {
  return std::make_shared<Perceptron>(spec, dimension);
}

struct Row {
  PotentialSpec::Kind kind;
  std::shared_ptr<const Potential> (*make)(const PotentialSpec& spec, int64_t dimension);
};

constexpr Row kKinds[] = {
    {PotentialSpec::Kind::kPerceptron, MakePerceptron},
    {PotentialSpec::Kind::kAffine, MakeAffine},
};

}  // namespace

std::shared_ptr<const Potential> MakePotential(const PotentialSpec& spec, int64_t dimension) {
  for (const Row& row : kKinds) {
    if (row.kind == spec.kind) return row.make(spec, dimension);
  }
  return nullptr;  // no valid spec
}

}  // namespace actionmatch
