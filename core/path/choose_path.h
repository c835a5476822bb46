// ChoosePath: what path.kind AUTO comes to for given data, and why.

#ifndef ACTIONMATCH_CORE_PATH_CHOOSE_PATH_H_
#define ACTIONMATCH_CORE_PATH_CHOOSE_PATH_H_

#include <string>

#include "core/points.h"
#include "core/snapshots/snapshots.h"
#include "core/spec/spec.h"

namespace actionmatch {

// kAuto resolved: kUot where lambda > 0, masses differ by more than 1 % and the cost is quadratic; else kObserved where
// there are kDenseSnapshots snapshots or more and all neighbours overlap by half or more; else kOt. What the spec asks
// of training goes before: quadrature in time needs kObserved, the conditional form any other. `reason` says it in a
// sentence.
struct PathChoice {
  PathSpec::Kind kind;
  std::string reason;
};
PathChoice ChoosePath(const TrainSpec& spec, const Snapshots& train);

// How far two clouds of equal weight overlap: 0 where they lie apart, about 1 where they are samples of one law. Of the
// nearest neighbours of each point in both clouds together, the share that belongs to the other cloud, relative to that
// expected of one law (Schilling, JASA 1986; Henze & Penrose, Ann. Stat. 1999: in the limit int 2pq/(p + q)). It
// compares points by their order of distance alone, so no dimension makes it blind, and it sees moves of parts, which
// leave the mean where it is. From at most 200 points of each, evenly spaced; 0 where a cloud has a single point.
double Overlap(const Points& a, const Points& b);

}  // namespace actionmatch

#endif  // ACTIONMATCH_CORE_PATH_CHOOSE_PATH_H_
