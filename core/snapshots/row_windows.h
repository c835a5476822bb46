// RowWindows: bounded samples of stored rows, one after another, for training on more rows than memory holds.
//
// The rows of a snapshot, in dataset order, are cut into blocks of nearly equal count. A window draws n blocks of each
// snapshot: the i-th block is the one at
//
//   (i + frac(u_i + w phi)) / n    of the cumulative weight of the trained rows;  w: the window, u_i: uniform,
//                                  phi: the golden ratio
//
// and each drawn block counts the same in the window. So every trained row is drawn with a probability proportional to
// its weight, in any order of the dataset; a window has rows from all parts of the dataset; successive windows cover
// each part evenly; and reading is sequential within blocks. A snapshot of at most n blocks is whole in every window. A
// window is a pure function of the rows, the seed and w.

#ifndef ACTIONMATCH_CORE_SNAPSHOTS_ROW_WINDOWS_H_
#define ACTIONMATCH_CORE_SNAPSHOTS_ROW_WINDOWS_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "core/snapshots/snapshots.h"
#include "core/snapshots/stored_rows.h"

namespace actionmatch {

struct WindowOptions {
  int64_t window_bytes = int64_t{64} << 20;  // of points as stored, all snapshots together
  int64_t block_bytes = int64_t{128} << 10;  // as above, or less if a window has many snapshots
};

// The cut of each time's rows into blocks, equal for all uses of the rows.
class RowBlocks {
 public:
  RowBlocks(const StoredRows& rows, const WindowOptions& options);

  int64_t window_rows() const { return window_rows_; }  // of each snapshot
  int64_t count(size_t k) const { return blocks_[k]; }
  // Block b of time k has its rows from Begin(k, b) to before Begin(k, b + 1).
  int64_t Begin(size_t k, int64_t b) const;

 private:
  std::vector<int64_t> rows_;    // [times]
  std::vector<int64_t> blocks_;  // [times]
  int64_t window_rows_ = 1;
};

// Thread-safe.
class RowWindows {
 public:
  // A time that is trained on: its index among the dataset's times, its mass, and the weight of the trained rows in
  // each block.
  struct Knot {
    size_t k = 0;
    double mass = 1;
    std::vector<double> block_weights;
  };

  // Trained rows are the rows that SubsetOf(hold_out, seed, ...) calls kTrain.
  RowWindows(std::shared_ptr<const StoredRows> rows, RowBlocks blocks, HoldOutSpec hold_out, uint64_t seed,
             std::vector<Knot> knots)
      : rows_(std::move(rows)),
        blocks_(std::move(blocks)),
        hold_out_(std::move(hold_out)),
        seed_(seed),
        knots_(std::move(knots)) {}

  int64_t window_rows() const { return blocks_.window_rows(); }

  // Reads a window of about most_rows rows of each snapshot. Blocks on disk; errors as StoredRows::Append.
  absl::StatusOr<Snapshots> Read(int64_t window, int64_t most_rows) const;

 private:
  // The blocks of knot j in a window, in their order.
  std::vector<int64_t> Draw(size_t j, int64_t window, int64_t most_rows) const;

  const std::shared_ptr<const StoredRows> rows_;
  const RowBlocks blocks_;
  const HoldOutSpec hold_out_;
  const uint64_t seed_;
  const std::vector<Knot> knots_;
};

}  // namespace actionmatch

#endif  // ACTIONMATCH_CORE_SNAPSHOTS_ROW_WINDOWS_H_
