// ChoosePath: what path.kind AUTO comes to for given data, and why.

#ifndef ACTIONMATCH_CORE_PATH_CHOOSE_PATH_H_
#define ACTIONMATCH_CORE_PATH_CHOOSE_PATH_H_

#include <string>

#include "core/snapshots/snapshots.h"
#include "core/spec/spec.h"

namespace actionmatch {

// A kind other than kAuto is kept. For kAuto the rows of PathKinds() (path_kind.h) are asked in their order, without
// those that the spec rules out, and the first that applies is chosen: kUot where lambda > 0, masses differ by more
// than 1 % and the cost is quadratic; otherwise kObserved where there are kDenseSnapshots snapshots or more and all
// neighbours overlap by half or more; otherwise kOt. Quadrature in time needs kObserved, the conditional form any
// other. `reason` says it in a sentence.
struct PathChoice {
  PathSpec::Kind kind;
  std::string reason;
};
PathChoice ChoosePath(const TrainSpec& spec, const Snapshots& train);

}  // namespace actionmatch

#endif  // ACTIONMATCH_CORE_PATH_CHOOSE_PATH_H_
