// Overlap: how far neighbouring snapshots cover each other.

#ifndef ACTIONMATCH_CORE_PATH_OVERLAP_H_
#define ACTIONMATCH_CORE_PATH_OVERLAP_H_

#include "core/points.h"
#include "core/snapshots/snapshots.h"

namespace actionmatch {

// How far two clouds of equal weight overlap: 0 if they lie apart, about 1 if they are samples of one distribution.
// Among the nearest neighbours of each point in both clouds together, this counts the share that belongs to the other
// cloud, and divides it by the share to expect of one distribution (Schilling, JASA 1986; Henze & Penrose, Ann. Stat.
// 1999: in the limit int 2pq/(p + q)). The share depends only on the order of distances, so no dimension makes it
// blind, and it sees moves of parts that leave the mean in place. At most 200 points of each cloud are used, evenly
// spaced. 0 if a cloud has a single point.
double Overlap(const Points& a, const Points& b);

// The least overlap of all neighbouring snapshots, at most 1.
double LeastOverlap(const Snapshots& snapshots);

}  // namespace actionmatch

#endif  // ACTIONMATCH_CORE_PATH_OVERLAP_H_
