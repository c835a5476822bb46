// Exact optimal transport between two weighted point clouds, by network simplex (network_simplex.h).
//
//   min_P sum_ij P_ij C_ij,  P 1 = a, P^T 1 = b,  C_ij = |x_i - y_j|^power, a and b normalised weights.
//
// The simplex works on integers: costs are quantised to 2^-30 of the largest cost, and supplies to the exact common
// multiple of the two counts (uniform weights) or to 2^-40 of the total (other weights). `error_bound` bounds the
// effect on the cost.

#ifndef ACTIONMATCH_CORE_TRANSPORT_EXACT_TRANSPORT_H_
#define ACTIONMATCH_CORE_TRANSPORT_EXACT_TRANSPORT_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "core/points.h"
#include "core/transport/transport_blocks.h"

namespace actionmatch {

// A sparse coupling: at most n + m - 1 entries of positive mass for each block. The masses sum to 1.
struct TransportPlan {
  std::vector<int32_t> from;  // index into x
  std::vector<int32_t> to;    // index into y
  std::vector<double> mass;
  double cost = 0;         // sum P_ij |x_i - y_j|^power
  double error_bound = 0;  // |cost - the exact minimum| is at most this
};

// x: [n, D], y: [m, D]; weights: [n], [m], or empty for uniform; power > 0. Memory: 4 n m + 8 m D bytes, and the memory
// of network_simplex.h. INVALID_ARGUMENT if dimensions differ, a cloud is empty, weights do not pass CheckCloud or a
// distance is not finite; RESOURCE_EXHAUSTED, naming the number, if n m exceeds kMaxTransportPairs.
absl::StatusOr<TransportPlan> ExactTransport(const Points& x, absl::Span<const double> x_weights, const Points& y,
                                             absl::Span<const double> y_weights, double power);

// The error INVALID_ARGUMENT for points that lie too far apart.
absl::Status DistanceNotFinite();

inline constexpr int64_t kMaxTransportPairs = kMaxBlockPoints * kMaxBlockPoints;

// As ExactTransport while both clouds are one block. Larger clouds are cut into blocks, and each block is coupled
// exactly (transport_blocks.h). This gives a valid coupling. Its cost exceeds the minimum by about the cost between two
// samples of one distribution, of a block's size, less that cost at the whole's size (`error_bound` does not cover the
// excess). For power 2 the excess does not depend on how far the clouds are apart. Progress is heard between blocks,
// whose size bounds the wait (3000 x 3000 points: a second).
absl::StatusOr<TransportPlan> BlockTransport(const Points& x, absl::Span<const double> x_weights, const Points& y,
                                             absl::Span<const double> y_weights, double power,
                                             const TransportBlocks& blocks);

}  // namespace actionmatch

#endif  // ACTIONMATCH_CORE_TRANSPORT_EXACT_TRANSPORT_H_
