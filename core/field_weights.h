// A field's network: apart from field.h, so that including a field does not include LibTorch.

#ifndef ACTIONMATCH_CORE_FIELD_WEIGHTS_H_
#define ACTIONMATCH_CORE_FIELD_WEIGHTS_H_

#include "core/field.h"
#include "core/potential.h"

namespace actionmatch {

struct Field::Weights {
  Potential potential;
  Parameters parameters;  // want no gradients
};

}  // namespace actionmatch

#endif  // ACTIONMATCH_CORE_FIELD_WEIGHTS_H_
