#include "core/field/field_weights.h"

#include <utility>

namespace actionmatch {

FieldWeights::FieldWeights(std::shared_ptr<const Potential> with, std::vector<Parameters> of)
    : potential(std::move(with)), members(std::move(of)), engine(MakePointEngine(*potential, members)) {}

}  // namespace actionmatch
