#include "core/path/overlap.h"

#include <algorithm>
#include <vector>

namespace actionmatch {

double Overlap(const Points& a, const Points& b) {
  constexpr int64_t kPoints = 200;  // of each cloud
  constexpr int64_t kNeighbours = 10;
  const int64_t n = std::min({a.count(), b.count(), kPoints});
  if (n < 2) return 0;
  std::vector<absl::Span<const double>> rows;
  for (const Points* cloud : {&a, &b}) {
    for (int64_t i = 0; i < n; ++i) rows.push_back(cloud->row(i * cloud->count() / n));
  }
  const int64_t all = 2 * n;
  std::vector<double> squares(static_cast<size_t>(all * all), 0.0);
  for (int64_t i = 0; i < all; ++i) {
    for (int64_t j = 0; j < i; ++j) {
      squares[i * all + j] = squares[j * all + i] = SquaredDistance(rows[i], rows[j]);
    }
  }
  // If there are few points, few of their neighbours are near.
  const int64_t neighbours = std::clamp<int64_t>(n / 4, 1, kNeighbours);
  double share = 0;
  std::vector<double> sorted;
  for (int64_t i = 0; i < all; ++i) {
    const double* row = squares.data() + i * all;
    sorted.assign(row, row + all);
    sorted.erase(sorted.begin() + i);
    std::nth_element(sorted.begin(), sorted.begin() + (neighbours - 1), sorted.end());
    const double furthest = sorted[neighbours - 1];
    double within = 0, others = 0;  // counts all that are as far as the last one: equal points have no order
    for (int64_t j = 0; j < all; ++j) {
      if (j == i || row[j] > furthest) continue;
      within += 1;
      others += (i < n) != (j < n);
    }
    share += others / within / static_cast<double>(all);
  }
  return share * static_cast<double>(all - 1) / static_cast<double>(n);
}

double LeastOverlap(const Snapshots& snapshots) {
  double least = 1;
  for (size_t k = 0; k + 1 < snapshots.at.size(); ++k) {
    least = std::min(least, Overlap(snapshots.at[k].points, snapshots.at[k + 1].points));
  }
  return least;
}

}  // namespace actionmatch
