// Overlap: how far neighbouring snapshots cover each other.

#ifndef ACTIONMATCH_CORE_PATH_OVERLAP_H_
#define ACTIONMATCH_CORE_PATH_OVERLAP_H_

#include "core/points.h"
#include "core/snapshots/snapshots.h"

namespace actionmatch {

// How far two clouds of equal weight overlap: 0 where they lie apart, about 1 where they are samples of one law. Of the
// nearest neighbours of each point in both clouds together, the share that belongs to the other cloud, relative to that
// expected of one law (Schilling, JASA 1986; Henze & Penrose, Ann. Stat. 1999: in the limit int 2pq/(p + q)). It
// compares points by their order of distance alone, so no dimension makes it blind, and it sees moves of parts, which
// leave the mean where it is. From at most 200 points of each, evenly spaced; 0 where a cloud has a single point.
double Overlap(const Points& a, const Points& b);

// The least of all neighbours, at most 1.
double LeastOverlap(const Snapshots& snapshots);

}  // namespace actionmatch

#endif  // ACTIONMATCH_CORE_PATH_OVERLAP_H_
