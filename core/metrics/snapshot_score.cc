#include "core/metrics/snapshot_score.h"

#include <cmath>

namespace actionmatch {
std::vector<SnapshotScore> MeanScores(const std::vector<std::vector<SnapshotScore>>& members) {
  std::vector<SnapshotScore> mean = members.front();
  const auto count = static_cast<double>(members.size());
  const auto average = [&](size_t i, double SnapshotScore::*part, double SnapshotScore::*deviation) {
    double sum = 0, squares = 0;
    for (const auto& scores : members) sum += scores[i].*part;
    for (const auto& scores : members) squares += std::pow(scores[i].*part - sum / count, 2);
    mean[i].*part = sum / count;
    if (deviation == nullptr || count == 1) return;
    // If a member does not reach the next snapshot at all, there is no spread to speak of.
    mean[i].*deviation = std::isfinite(sum) ? std::sqrt(squares / (count - 1)) : sum;
  };
  for (size_t i = 0; i < mean.size(); ++i) {
    mean[i].members = static_cast<int>(members.size());
    mean[i].member_seeds.clear();
    for (const auto& scores : members) {
      mean[i].member_seeds.insert(mean[i].member_seeds.end(), scores[i].member_seeds.begin(),
                                  scores[i].member_seeds.end());
    }
    average(i, &SnapshotScore::w1, &SnapshotScore::w1_deviation);
    average(i, &SnapshotScore::w2, &SnapshotScore::w2_deviation);
    average(i, &SnapshotScore::w1_error_bound, nullptr);
    average(i, &SnapshotScore::w2_error_bound, nullptr);
    average(i, &SnapshotScore::mmd2, nullptr);
    average(i, &SnapshotScore::mass, nullptr);
    average(i, &SnapshotScore::effective_sample_size, nullptr);
  }
  return mean;
}

}  // namespace actionmatch
