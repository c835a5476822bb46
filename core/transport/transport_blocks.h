// Transport blocks: large transport problems, solved block by block. Both clouds are cut into the same number of random
// blocks of equal mass. A point that lies across a cut is split, so that the union of the blocks' couplings has the
// exact marginals. If weights differ so much that a block would have more than twice as many points as asked for, both
// clouds are cut once more there.

#ifndef ACTIONMATCH_CORE_TRANSPORT_TRANSPORT_BLOCKS_H_
#define ACTIONMATCH_CORE_TRANSPORT_TRANSPORT_BLOCKS_H_

#include <cstdint>
#include <functional>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "core/points.h"

namespace actionmatch {

inline constexpr int64_t kMaxBlockPoints = 8192;

struct TransportBlocks {
  int points = 3000;                                         // clouds of at most this many points are one block
  uint64_t seed = 0;                                         // of the random cut, with stream_index
  uint64_t stream_index = 0;                                 // which of several problems this is
  std::function<absl::Status(double fraction)> on_progress;  // may be empty; its error ends the work and is returned
};

// One side of a block.
struct Block {
  std::vector<int32_t> index;   // into the cloud
  Points points;                // [index.size(), D]
  std::vector<double> weights;  // not normalised; empty: uniform
};

// Hears the share of one block's work that is done, 0 to 1; its error must end the block's work.
using BlockProgress = std::function<absl::Status(double part)>;
// Couples x's part and y's part of a block, which has the given share of the mass.
using CoupleBlock =
    std::function<absl::Status(const Block& x, const Block& y, double share, const BlockProgress& progress)>;

// Calls `couple` for each block; an error of `couple` ends the work and is returned. blocks.on_progress hears the end
// of each block and, in between, the progress that `couple` reports. INVALID_ARGUMENT as CheckCloud.
absl::Status ForEachBlock(const Points& x, absl::Span<const double> x_weights, const Points& y,
                          absl::Span<const double> y_weights, const TransportBlocks& blocks, const CoupleBlock& couple);

// INVALID_ARGUMENT, naming the cloud, if it is empty, or if its weights have another count, are negative, are not
// finite or sum to 0.
absl::Status CheckCloud(const Points& points, absl::Span<const double> weights, absl::string_view name);

}  // namespace actionmatch

#endif  // ACTIONMATCH_CORE_TRANSPORT_TRANSPORT_BLOCKS_H_
