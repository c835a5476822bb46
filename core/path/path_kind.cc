#include "core/path/path_kind.h"

namespace actionmatch {

// Each function stands in the source file of its kind: uot_path.cc and so on.
PathKind UotPath();
PathKind ObservedPath();
PathKind OtPath();
PathKind LinearPath();

absl::Span<const PathKind> PathKinds() {
  static const PathKind rows[] = {UotPath(), ObservedPath(), OtPath(), LinearPath()};
  return rows;
}

const PathKind* FindPathKind(PathSpec::Kind kind) {
  for (const PathKind& row : PathKinds()) {
    if (row.kind == kind) return &row;
  }
  return nullptr;
}

}  // namespace actionmatch
