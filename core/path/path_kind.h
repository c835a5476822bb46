// PathKind: one kind of path, as a row of a table. Code that depends on the kind asks this row, or the kind's traits in
// spec.h.
//
// To add a kind, add its enumerator, word and traits in core/spec/spec.h; a source file like linear_path.cc; its row in
// path_kind.cc; and the value KIND_<word in upper case> of PathSpec.Kind in train_spec.proto.

#ifndef ACTIONMATCH_CORE_PATH_PATH_KIND_H_
#define ACTIONMATCH_CORE_PATH_PATH_KIND_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "core/path/path.h"
#include "core/snapshots/snapshots.h"
#include "core/spec/spec.h"

namespace actionmatch {

// The arguments of MakePath, from which a kind makes its path; make_path.h says more of them. `train` has 2 snapshots
// or more.
struct PathInputs {
  const PathSpec& spec;
  const Dynamics& dynamics;
  const Snapshots& train;
  const Standardisation& standardisation;
  uint64_t seed;
  const std::function<absl::Status(double fraction)>& on_progress;  // may be empty
};

// Whether AUTO comes to a kind, and a sentence that says why or why not. A kind may apply without a reason of its own:
// the reason is then why the kind that was asked before it does not apply.
struct Verdict {
  bool applies = false;
  std::string reason = {};
};

struct PathKind {
  PathSpec::Kind kind;
  bool plans;  // whether its curves need plans between the rows; windows then hold fewer rows (window_path.h)
  absl::StatusOr<std::unique_ptr<const Path>> (*make)(const PathInputs& inputs);
  // Asked if the spec has what the kind's traits need. Null: AUTO never comes to this kind.
  Verdict (*choose)(const TrainSpec& spec, const Snapshots& train);
};

// All kinds but kAuto, in the order in which AUTO asks them. The rows last as long as the program.
absl::Span<const PathKind> PathKinds();
// Null for kAuto.
const PathKind* FindPathKind(PathSpec::Kind kind);

}  // namespace actionmatch

#endif  // ACTIONMATCH_CORE_PATH_PATH_KIND_H_
