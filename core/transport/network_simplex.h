// Transport between integer supplies and demands, by network simplex (LEMON) on few of the arcs.
//
//   min_f sum_ij f_ij c_ij,  sum_j f_ij = supply_i,  sum_i f_ij = demand_j,  f >= 0
//
// Some optimal plan uses at most n + m - 1 of the n m arcs. The simplex first gets the arcs of least reduced cost c_ij
// - u_i - v_j in their row or column, by potentials from a quarter of the points, which are found in the same way.
// Then, among the arcs whose reduced cost by the simplex's own potentials is negative, the most negative ones of each
// row and column join, until no arc is left: the plan is then a minimum among all arcs (column generation; Gottschlich
// & Schuhmacher, PLOS ONE 2014, and Schmitzer, J. Math. Imaging Vis. 2016, for transport). The choice of arcs decides
// how long the work takes and, if several plans are minima, which one is found, but not the cost.

#ifndef ACTIONMATCH_CORE_TRANSPORT_NETWORK_SIMPLEX_H_
#define ACTIONMATCH_CORE_TRANSPORT_NETWORK_SIMPLEX_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"

namespace actionmatch {

struct IntegerTransport {
  std::vector<int64_t> supply;  // [n], positive
  std::vector<int64_t> demand;  // [m], positive, of the same sum
  std::vector<int32_t> cost;    // [n, m], 0 to 2^30

  int32_t n() const { return static_cast<int32_t>(supply.size()); }
  int32_t m() const { return static_cast<int32_t>(demand.size()); }
  const int32_t* row(int32_t i) const { return cost.data() + static_cast<size_t>(i) * demand.size(); }
};

// A positive amount that goes from one point to another.
struct IntegerFlow {
  int32_t from;
  int32_t to;
  int64_t amount;
};

// An optimal plan of at most n + m - 1 flows, ordered by `from` and `to`: a pure function of the problem. Thread-safe.
// Memory besides the problem: typically 3 KB for each point; 100 n m bytes at worst.
absl::StatusOr<std::vector<IntegerFlow>> SolveTransport(const IntegerTransport& problem);

}  // namespace actionmatch

#endif  // ACTIONMATCH_CORE_TRANSPORT_NETWORK_SIMPLEX_H_
