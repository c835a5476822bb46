#include "core/transport_blocks.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "absl/strings/str_cat.h"
#include "core/random.h"

namespace actionmatch {
namespace {

double Sum(const Points& points, absl::Span<const double> weights) {
  return weights.empty() ? static_cast<double>(points.count()) : std::accumulate(weights.begin(), weights.end(), 0.0);
}

std::vector<int32_t> Shuffled(int64_t count, Random& random) {
  std::vector<int32_t> order(static_cast<size_t>(count));
  std::iota(order.begin(), order.end(), 0);
  for (size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[random.Below(i)]);
  return order;
}

// Cuts a cloud's order where its cumulative weight passes b / count, splitting the point that lies across.
std::vector<Block> Cut(const Points& points, absl::Span<const double> weights, const std::vector<int32_t>& order,
                       int64_t count) {
  std::vector<Block> blocks(static_cast<size_t>(count));
  for (Block& block : blocks) block.points.dimension = points.dimension;
  size_t b = 0;
  double filled = 0;
  const double capacity = Sum(points, weights) / static_cast<double>(count);
  for (int32_t i : order) {
    double left = weights.empty() ? 1.0 : weights[i];
    while (left > 0) {
      const bool last = b + 1 == blocks.size();
      const double part = last ? left : std::min(left, capacity - filled);
      if (part > 1e-12 * capacity || last) {
        blocks[b].index.push_back(i);
        blocks[b].points.Append(points.row(i));
        blocks[b].weights.push_back(part);
      }
      left -= part;
      filled += part;
      if (!last && filled >= capacity * (1 - 1e-12)) {
        ++b;
        filled = 0;
      }
      if (part <= 0) break;
    }
  }
  return blocks;
}

Block Whole(const Points& points, absl::Span<const double> weights) {
  Block block{std::vector<int32_t>(static_cast<size_t>(points.count())), points, {weights.begin(), weights.end()}};
  std::iota(block.index.begin(), block.index.end(), 0);
  return block;
}

}  // namespace

absl::Status CheckCloud(const Points& points, absl::Span<const double> weights, absl::string_view name) {
  if (points.count() == 0) return absl::InvalidArgumentError(absl::StrCat(name, " must hold at least one point"));
  if (weights.empty()) return absl::OkStatus();
  if (static_cast<int64_t>(weights.size()) != points.count()) {
    return absl::InvalidArgumentError(
        absl::StrCat(name, " has ", points.count(), " points but ", weights.size(), " weights"));
  }
  double sum = 0;
  for (double w : weights) {
    if (!(w >= 0) || !std::isfinite(w)) {
      return absl::InvalidArgumentError(absl::StrCat(name, "'s weights must be finite and at least 0, one is ", w));
    }
    sum += w;
  }
  if (!(sum > 0) || !std::isfinite(sum)) {
    return absl::InvalidArgumentError(absl::StrCat(name, "'s weights must have a positive sum, is ", sum));
  }
  return absl::OkStatus();
}

absl::Status ForEachBlock(const Points& x, absl::Span<const double> x_weights, const Points& y,
                          absl::Span<const double> y_weights, const Blocks& blocks, const CoupleBlock& couple) {
  absl::Status status = CheckCloud(x, x_weights, "x");
  status.Update(CheckCloud(y, y_weights, "y"));
  if (!status.ok()) return status;
  const int64_t largest = std::max(x.count(), y.count());
  // A block of the smaller cloud must not be empty.
  const int64_t count = std::min(std::min(x.count(), y.count()), (largest + blocks.points - 1) / blocks.points);
  std::vector<Block> x_blocks, y_blocks;
  if (count <= 1) {
    x_blocks.push_back(Whole(x, x_weights));
    y_blocks.push_back(Whole(y, y_weights));
  } else {
    Random random(blocks.seed, RandomStream::kPlanBlocks, blocks.stream_index);
    const std::vector<int32_t> x_order = Shuffled(x.count(), random);
    const std::vector<int32_t> y_order = Shuffled(y.count(), random);
    x_blocks = Cut(x, x_weights, x_order, count);
    y_blocks = Cut(y, y_weights, y_order, count);
  }
  const auto all = static_cast<double>(x_blocks.size());
  for (size_t b = 0; b < x_blocks.size(); ++b) {
    const BlockProgress progress = [&](double part) {
      return blocks.on_progress ? blocks.on_progress((static_cast<double>(b) + part) / all) : absl::OkStatus();
    };
    status = couple(x_blocks[b], y_blocks[b], 1 / all, progress);
    if (status.ok()) status = progress(1);
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

}  // namespace actionmatch
