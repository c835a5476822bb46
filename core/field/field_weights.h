// A field's network: apart from field.h, so that including a field does not include LibTorch.

#ifndef ACTIONMATCH_CORE_FIELD_FIELD_WEIGHTS_H_
#define ACTIONMATCH_CORE_FIELD_FIELD_WEIGHTS_H_

#include <memory>
#include <vector>

#include "core/field/field.h"
#include "core/potential/fused_network.h"
#include "core/potential/potential.h"

namespace actionmatch {

struct Field::Weights {
  Weights(Potential potential, std::vector<Parameters> members);

  const Potential potential;
  const std::vector<Parameters> members;  // want no gradients; at least one
  // The same, as the passes of fused_network.h want them.
  std::vector<std::unique_ptr<const FusedWeights<float>>> fused;
};

}  // namespace actionmatch

#endif  // ACTIONMATCH_CORE_FIELD_FIELD_WEIGHTS_H_
