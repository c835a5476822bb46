// Linear: curves between independent pairs (path.h).

#include <vector>

#include "core/path/curve_path.h"
#include "core/path/path_kind.h"

namespace actionmatch {
namespace {

absl::StatusOr<std::unique_ptr<const Path>> Make(const PathInputs& inputs) { return MakeCurvePath(inputs, {}); }

}  // namespace

PathKind LinearPath() { return {PathSpec::Kind::kLinear, /*plans=*/false, Make, /*choose=*/nullptr}; }

}  // namespace actionmatch
