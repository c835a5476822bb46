// ChoosePath: the kind of path that AUTO comes to for given data, and why.

#ifndef ACTIONMATCH_CORE_PATH_CHOOSE_PATH_H_
#define ACTIONMATCH_CORE_PATH_CHOOSE_PATH_H_

#include <string>

#include "core/snapshots/snapshots.h"
#include "core/spec/spec.h"

namespace actionmatch {

// Keeps a kind other than kAuto. For kAuto, asks the rows of PathKinds() (path_kind.h) in their order, without those
// that the spec rules out, and chooses the first kind that applies: kUot if lambda > 0, masses differ by more than 1 %
// and the cost is quadratic; otherwise kObserved if there are at least kDenseSnapshots snapshots and all neighbours
// overlap by half or more; otherwise kOt. Quadrature in time needs kObserved; the conditional form needs any other
// kind. `reason` says why in a sentence.
struct PathChoice {
  PathSpec::Kind kind;
  std::string reason;
};
PathChoice ChoosePath(const TrainSpec& spec, const Snapshots& train);

}  // namespace actionmatch

#endif  // ACTIONMATCH_CORE_PATH_CHOOSE_PATH_H_
