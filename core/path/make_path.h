// MakePath: the path between snapshots, of the kind that the spec names.

#ifndef ACTIONMATCH_CORE_PATH_MAKE_PATH_H_
#define ACTIONMATCH_CORE_PATH_MAKE_PATH_H_

#include <cstdint>
#include <functional>
#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/path/path.h"
#include "core/snapshots/snapshots.h"
#include "core/spec/spec.h"

namespace actionmatch {

// `train` holds the rows to train on, in data units, with their masses; `dynamics` are in data units too. Computes the
// plans: `on_progress` hears the fraction done, 0 to 1, within the plans of uot too, and its error, if any, ends the
// work and is returned. `seed` decides how large snapshots are cut into transport blocks. FAILED_PRECONDITION for fewer
// than 2 snapshots; INVALID_ARGUMENT for a kind that is kAuto. The bridge must not be kAuto either.
absl::StatusOr<std::unique_ptr<const Path>> MakePath(const PathSpec& spec, const Dynamics& dynamics,
                                                     const Snapshots& train, const Standardisation& standardisation,
                                                     uint64_t seed,
                                                     const std::function<absl::Status(double fraction)>& on_progress);

}  // namespace actionmatch

#endif  // ACTIONMATCH_CORE_PATH_MAKE_PATH_H_
