// Exact optimal transport between two weighted point clouds, by network simplex (transport_simplex.h).
//
//   min_P sum_ij P_ij C_ij,  P 1 = a, P^T 1 = b,  C_ij = |x_i - y_j|^power, a and b normalised weights.
//
// The simplex works on integers: costs are quantised to 2^-30 of the largest and supplies to the exact common multiple
// of the two counts (uniform weights) or 2^-40 of the total (else). `error_bound` bounds what that does to the cost.

#ifndef ACTIONMATCH_CORE_TRANSPORT_EXACT_TRANSPORT_H_
#define ACTIONMATCH_CORE_TRANSPORT_EXACT_TRANSPORT_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "core/points.h"
#include "core/transport/transport_blocks.h"

namespace actionmatch {

// A sparse coupling: at most n + m - 1 entries of positive mass for each block. Mass sums to 1.
struct TransportPlan {
  std::vector<int32_t> from;  // index into x
  std::vector<int32_t> to;    // index into y
  std::vector<double> mass;
  double cost = 0;         // sum P_ij |x_i - y_j|^power
  double error_bound = 0;  // |cost - the exact minimum| is at most this
};

// x: [n, D], y: [m, D]; weights: [n], [m], or empty for uniform; power > 0. Memory: 4 n m + 8 m D bytes and what
// transport_simplex.h says.
// INVALID_ARGUMENT if dimensions differ, a cloud is empty, weights are not as CheckCloud wants them or a distance is
// not finite; RESOURCE_EXHAUSTED, naming the number, if n m exceeds kMaxTransportPairs.
absl::StatusOr<TransportPlan> ExactTransport(const Points& x, absl::Span<const double> x_weights, const Points& y,
                                             absl::Span<const double> y_weights, double power);

// What is wrong with points so far apart: INVALID_ARGUMENT.
absl::Status DistanceNotFinite();

inline constexpr int64_t kMaxTransportPairs = kMaxBlockPoints * kMaxBlockPoints;

// As ExactTransport while both clouds are one block. Beyond, each block is coupled exactly (transport_blocks.h): a
// valid coupling, whose cost is above the minimum by about what two samples of one law are apart, of a block's size,
// less the same of the whole's size (`error_bound` does not cover that). For power 2 the excess does not depend on how
// far the clouds are apart. Progress is heard between blocks, whose size bounds the wait (3000 x 3000 points: a
// second).
absl::StatusOr<TransportPlan> BlockTransport(const Points& x, absl::Span<const double> x_weights, const Points& y,
                                             absl::Span<const double> y_weights, double power,
                                             const TransportBlocks& blocks);

}  // namespace actionmatch

#endif  // ACTIONMATCH_CORE_TRANSPORT_EXACT_TRANSPORT_H_
