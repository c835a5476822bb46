// FieldParameters: a field's potential and its members' parameters. This header is apart from field.h, so that
// including a field does not include LibTorch.

#ifndef ACTIONMATCH_CORE_FIELD_FIELD_PARAMETERS_H_
#define ACTIONMATCH_CORE_FIELD_FIELD_PARAMETERS_H_

#include <memory>
#include <vector>

#include "core/potential/point_passes.h"
#include "core/potential/potential.h"

namespace actionmatch {

// Immutable and thread-safe.
struct FieldParameters {
  FieldParameters(std::shared_ptr<const Potential> potential, std::vector<Parameters> members);
  FieldParameters(const FieldParameters&) = delete;
  FieldParameters& operator=(const FieldParameters&) = delete;

  const std::shared_ptr<const Potential> potential;
  const std::vector<Parameters> members;  // require no gradients; at least one member
  const std::unique_ptr<const PointEngine> engine;
};

}  // namespace actionmatch

#endif  // ACTIONMATCH_CORE_FIELD_FIELD_PARAMETERS_H_
