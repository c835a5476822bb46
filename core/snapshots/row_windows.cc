#include "core/snapshots/row_windows.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/random.h"

namespace actionmatch {
namespace {

constexpr int64_t kBlocksInWindow = 16;  // the fewest, of each snapshot
constexpr double kGoldenRatio = 0.6180339887498949;

}  // namespace

RowBlocks::RowBlocks(const StoredRows& rows, const WindowOptions& options) : rows_(rows.shape().counts) {
  const int64_t stride = std::max<int64_t>(1, rows.bytes_per_row());
  const auto times = static_cast<int64_t>(rows_.size());
  window_rows_ = std::max<int64_t>(1, options.window_bytes / (stride * std::max<int64_t>(1, times)));
  const int64_t block = std::max<int64_t>(1, std::min(options.block_bytes / stride, window_rows_ / kBlocksInWindow));
  for (int64_t n : rows_) blocks_.push_back((n + block - 1) / block);
}

int64_t RowBlocks::Begin(size_t k, int64_t b) const {
  // b * rows / blocks without a product that could overflow.
  const int64_t each = rows_[k] / blocks_[k];
  return b * each + b * (rows_[k] % blocks_[k]) / blocks_[k];
}

std::vector<int64_t> RowWindows::Draw(size_t j, int64_t window, int64_t most_rows) const {
  const Knot& knot = knots_[j];
  const int64_t blocks = blocks_.count(knot.k);
  const int64_t block_rows = std::max<int64_t>(1, blocks_.Begin(knot.k, blocks) / blocks);
  const int64_t n = std::max<int64_t>(1, most_rows / block_rows);
  std::vector<int64_t> drawn(static_cast<size_t>(std::min(n, blocks)));
  if (blocks <= n) {
    std::iota(drawn.begin(), drawn.end(), 0);
    return drawn;
  }
  std::vector<double> cumulative(knot.block_weights.size());
  std::partial_sum(knot.block_weights.begin(), knot.block_weights.end(), cumulative.begin());
  auto at = cumulative.begin();
  for (int64_t i = 0; i < n; ++i) {
    const auto words = Philox(seed_, RandomStream::kWindows, knot.k, static_cast<uint32_t>(i));
    double u = ToUniform(words[0], words[1]) + kGoldenRatio * static_cast<double>(window);
    u -= std::floor(u);
    const double position = (static_cast<double>(i) + u) / static_cast<double>(n) * cumulative.back();
    at = std::upper_bound(at, cumulative.end() - 1, position);
    drawn[i] = at - cumulative.begin();
  }
  return drawn;
}

absl::StatusOr<Snapshots> RowWindows::Read(int64_t window, int64_t most_rows) const {
  const DatasetShape& shape = rows_->shape();
  Snapshots snapshots;
  snapshots.dimension = shape.dimension;
  for (size_t j = 0; j < knots_.size(); ++j) {
    const Knot& knot = knots_[j];
    const double time = shape.times[knot.k];
    const bool held_out = hold_out_.IsTestTime(time);
    const auto trained = [&](int64_t row) { return SubsetOf(hold_out_, seed_, row, held_out) == Subset::kTrain; };
    const std::vector<int64_t> drawn = Draw(j, window, most_rows);
    const bool whole = static_cast<int64_t>(drawn.size()) == blocks_.count(knot.k);
    Snapshot snapshot;
    snapshot.time = time;
    snapshot.mass = knot.mass;
    snapshot.points.dimension = shape.dimension;
    snapshot.points.values.reserve(static_cast<size_t>(std::min(most_rows, shape.counts[knot.k]) * shape.dimension));
    for (int64_t b : drawn) {
      const size_t before = snapshot.weights.size();
      const absl::Status status =
          rows_->Append(knot.k, blocks_.Begin(knot.k, b), blocks_.Begin(knot.k, b + 1), trained, &snapshot);
      if (!status.ok()) return status;
      if (whole) continue;
      for (size_t i = before; i < snapshot.weights.size(); ++i) snapshot.weights[i] /= knot.block_weights[b];
    }
    snapshots.at.push_back(std::move(snapshot));
  }
  return snapshots;
}

}  // namespace actionmatch
