#include "core/transport/transport_blocks.h"

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
  Shuffle(random, &order);
  return order;
}

constexpr double kMinShare = 1e-12;  // of a mean block's mass: a point that has less is in no block
constexpr double kEqual = 1e-13;     // of a mean block's mass: cuts and ends of points that near are one

// A cloud's points in random order, and the end of each point: the share of the mass up to there.
struct Line {
  std::vector<int32_t> index;
  std::vector<double> end;
};

Line MakeLine(const Points& points, absl::Span<const double> weights, int64_t count, Random& random) {
  const double sum = Sum(points, weights);
  Line line;
  double done = 0;
  for (const int32_t i : Shuffled(points.count(), random)) {
    const double weight = weights.empty() ? 1.0 : weights[i];
    if (weight / sum * static_cast<double>(count) <= kMinShare) continue;
    line.index.push_back(i);
    line.end.push_back(done += weight);
  }
  for (double& end : line.end) end /= done;
  return line;
}

// Adds cuts if more than `most` points lie between two cuts.
std::vector<double> CutMore(const Line& line, const std::vector<double>& cuts, size_t most, double mean_share) {
  std::vector<double> more;
  size_t first = 0;
  for (const double cut : cuts) {
    const double until = cut - kEqual * mean_share;
    size_t last = first;  // the point that ends at the cut or lies across it
    while (last + 1 < line.end.size() && line.end[last] < until) ++last;
    for (; last - first + 1 > most && line.end[first + most - 1] < cut - kMinShare * mean_share; first += most) {
      more.push_back(line.end[first + most - 1]);
    }
    more.push_back(cut);
    first = line.end[last] > cut + kEqual * mean_share ? last : last + 1;
  }
  return more;
}

// Cuts a cloud at `cuts`, and splits points that lie across a cut.
std::vector<Block> Cut(const Points& points, absl::Span<const double> weights, const Line& line,
                       const std::vector<double>& cuts, double mean_share) {
  std::vector<Block> blocks(cuts.size());
  for (Block& block : blocks) block.points.dimension = points.dimension;
  const double equal = kEqual * mean_share;
  size_t b = 0;
  double begin = 0;
  for (size_t n = 0; n < line.index.size(); ++n) {
    const int32_t i = line.index[n];
    const double end = line.end[n];
    const double weight = weights.empty() ? 1.0 : weights[i];
    const auto add = [&](double part) {
      blocks[b].index.push_back(i);
      blocks[b].points.Append(points.row(i));
      blocks[b].weights.push_back(part * weight);
    };
    double from = begin;
    for (; b + 1 < cuts.size() && end > cuts[b] + equal; ++b) {
      if (cuts[b] - from <= equal) continue;
      add((cuts[b] - from) / (end - begin));
      from = cuts[b];
    }
    add(from == begin ? 1 : (end - from) / (end - begin));
    if (b + 1 < cuts.size() && end >= cuts[b] - equal) ++b;
    begin = end;
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
                          absl::Span<const double> y_weights, const TransportBlocks& blocks,
                          const CoupleBlock& couple) {
  absl::Status status = CheckCloud(x, x_weights, "x");
  status.Update(CheckCloud(y, y_weights, "y"));
  if (!status.ok()) return status;
  const int64_t largest = std::max(x.count(), y.count());
  // A block of the smaller cloud must not be empty.
  const int64_t count = std::min(std::min(x.count(), y.count()), (largest + blocks.points - 1) / blocks.points);
  std::vector<Block> x_blocks, y_blocks;
  std::vector<double> cuts;
  for (int64_t b = 1; b <= count; ++b) cuts.push_back(static_cast<double>(b) / static_cast<double>(count));
  if (count <= 1) {
    x_blocks.push_back(Whole(x, x_weights));
    y_blocks.push_back(Whole(y, y_weights));
  } else {
    Random random(blocks.seed, RandomStream::kPlanBlocks, blocks.stream_index);
    const Line x_line = MakeLine(x, x_weights, count, random);
    const Line y_line = MakeLine(y, y_weights, count, random);
    const auto most = static_cast<size_t>(std::min<int64_t>(2 * int64_t{blocks.points}, kMaxBlockPoints));
    const double mean_share = 1 / static_cast<double>(count);
    for (const Line* line : {&x_line, &y_line}) cuts = CutMore(*line, cuts, most, mean_share);
    x_blocks = Cut(x, x_weights, x_line, cuts, mean_share);
    y_blocks = Cut(y, y_weights, y_line, cuts, mean_share);
  }
  const auto all = static_cast<double>(x_blocks.size());
  for (size_t b = 0; b < x_blocks.size(); ++b) {
    const BlockProgress progress = [&](double part) {
      return blocks.on_progress ? blocks.on_progress((static_cast<double>(b) + part) / all) : absl::OkStatus();
    };
    status = couple(x_blocks[b], y_blocks[b], cuts[b] - (b == 0 ? 0 : cuts[b - 1]), progress);
    if (status.ok()) status = progress(1);
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

}  // namespace actionmatch
