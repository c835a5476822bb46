// The kinds of potentials: a table from PotentialSpec::Kind to the function that makes a potential.

#ifndef ACTIONMATCH_CORE_POTENTIAL_POTENTIAL_KINDS_H_
#define ACTIONMATCH_CORE_POTENTIAL_POTENTIAL_KINDS_H_

#include <cstdint>
#include <memory>

#include "core/potential/potential.h"
#include "core/spec/spec.h"

namespace actionmatch {

// The potential of a valid spec, for points of D = `dimension` components.
std::shared_ptr<const Potential> MakePotential(const PotentialSpec& spec, int64_t dimension);

}  // namespace actionmatch

#endif  // ACTIONMATCH_CORE_POTENTIAL_POTENTIAL_KINDS_H_
