// A field's network: apart from field.h, so that including a field does not include LibTorch.

#ifndef ACTIONMATCH_CORE_FIELD_WEIGHTS_H_
#define ACTIONMATCH_CORE_FIELD_WEIGHTS_H_

#include <vector>

#include "core/field.h"
#include "core/potential.h"

namespace actionmatch {

struct Field::Weights {
  Potential potential;
  std::vector<Parameters> members;  // want no gradients; at least one
};

}  // namespace actionmatch

#endif  // ACTIONMATCH_CORE_FIELD_WEIGHTS_H_
