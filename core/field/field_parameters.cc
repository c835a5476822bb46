#include "core/field/field_parameters.h"

#include <utility>

namespace actionmatch {

FieldParameters::FieldParameters(std::shared_ptr<const Potential> with, std::vector<Parameters> of)
    : potential(std::move(with)), members(std::move(of)), engine(MakePointEngine(*potential, members)) {}

}  // namespace actionmatch
