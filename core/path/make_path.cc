#include "core/path/make_path.h"

#include "absl/strings/str_cat.h"
#include "core/path/path_kind.h"

namespace actionmatch {

absl::StatusOr<std::unique_ptr<const Path>> MakePath(const PathSpec& spec, const Dynamics& dynamics,
                                                     const Snapshots& train, const Standardisation& standardisation,
                                                     uint64_t seed,
                                                     const std::function<absl::Status(double fraction)>& on_progress) {
  if (train.at.size() < 2) {
    return absl::FailedPreconditionError(
        absl::StrCat("a path needs 2 snapshots or more to train on, has ", train.at.size()));
  }
  const PathKind* kind = FindPathKind(spec.kind);
  if (kind == nullptr) {
    return absl::InvalidArgumentError("path.kind is AUTO; ask ChoosePath what it comes to, and make that");
  }
  return kind->make({spec, dynamics, train, standardisation, seed, on_progress});
}

}  // namespace actionmatch
