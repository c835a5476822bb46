// Snapshots of populations whose points are drawn one by one.

#ifndef ACTIONMATCH_CORE_SIMULATION_GENERATE_H_
#define ACTIONMATCH_CORE_SIMULATION_GENERATE_H_

#include <cstdint>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "core/random.h"
#include "core/simulation/simulate.h"
#include "core/snapshots/snapshots.h"

namespace actionmatch {

// Calls `before_draw` before every `rows`-th row: 0, `rows`, 2 `rows`, ...
inline absl::Status AskEvery(int64_t rows, int64_t row, const BeforeDraw& before_draw) {
  return before_draw && row % rows == 0 ? before_draw() : absl::OkStatus();
}

// Calls fill(u, random, point) for each of the counts[k] points of snapshot k, u from 0 to 1; times are evenly spaced
// over [0, last].
template <typename Fill>
absl::StatusOr<Snapshots> Generate(const std::vector<int64_t>& counts, int dimension, double last, uint64_t seed,
                                   const BeforeDraw& before_draw, const Fill& fill) {
  constexpr int64_t kRowsAtOnce = 256;
  Snapshots all;
  all.dimension = dimension;
  const auto intervals = static_cast<double>(counts.size() - 1);
  int64_t row = 0;
  for (size_t k = 0; k < counts.size(); ++k) {
    Snapshot s;
    s.time = last * static_cast<double>(k) / intervals;
    s.points.dimension = dimension;
    s.points.values.resize(static_cast<size_t>(counts[k]) * static_cast<size_t>(dimension));
    s.weights.assign(static_cast<size_t>(counts[k]), 1.0);
    Random random(seed, RandomStream::kSimulate, k);
    for (int64_t i = 0; i < counts[k]; ++i) {
      if (absl::Status status = AskEvery(kRowsAtOnce, i, before_draw); !status.ok()) return status;
      fill(static_cast<double>(k) / intervals, random, s.points.row(i));
      s.rows.push_back(row++);
    }
    all.at.push_back(std::move(s));
  }
  return all;
}

// The same number of points at each time.
inline std::vector<int64_t> Constant(int snapshots, int points) {
  return std::vector<int64_t>(static_cast<size_t>(snapshots), points);
}

}  // namespace actionmatch

#endif  // ACTIONMATCH_CORE_SIMULATION_GENERATE_H_
