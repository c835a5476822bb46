// Batches and dynamics that leave out nothing of the loss.

#ifndef ACTIONMATCH_TESTS_CORE_SUPPORT_ANY_BATCH_H_
#define ACTIONMATCH_TESTS_CORE_SUPPORT_ANY_BATCH_H_

#include <cstdint>
#include <utility>
#include <vector>

#include "core/path/path.h"
#include "core/random.h"
#include "core/spec/dynamics.h"

namespace actionmatch {

// Every dynamics with something of its own in the loss.
inline std::vector<std::pair<const char*, Dynamics>> Mixes() {
  std::vector<std::pair<const char*, Dynamics>> mixes(6);
  mixes[0].first = "action matching";
  mixes[1].first = "entropic, annealed";
  mixes[1].second.sigma = 0.8;
  mixes[1].second.sigma_end = 0.2;
  mixes[2].first = "unbalanced";
  mixes[2].second.lambda = 0.7;
  mixes[3].first = "cost 1.5";
  mixes[3].second.cost.power = 1.5;
  mixes[3].second.cost.scale = 2;
  mixes[4].first = "scaled, weighted";
  mixes[4].second.cost.scale = 3;
  mixes[4].second.time_weight = {1, 0.5, -1.5};
  mixes[5].first = "all at once";
  mixes[5].second.lambda = 0.7;
  mixes[5].second.sigma = 0.6;
  mixes[5].second.cost.power = 3;
  mixes[5].second.time_weight = {1, -1};
  return mixes;
}

// Numbers without a law, of every kind that a batch may hold.
inline PathBatch AnyBatch(int64_t rows, int64_t dimension, bool bridge, uint64_t seed = 5) {
  Random random(seed, RandomStream::kSimulate);
  PathBatch batch;
  batch.rows = rows;
  batch.dimension = dimension;
  const auto fill = [&](std::vector<float>* values, int64_t size, double mean, double spread) {
    for (int64_t i = 0; i < size; ++i) values->push_back(static_cast<float>(mean + spread * random.Normal()));
  };
  fill(&batch.y, rows * dimension, 0, 1);
  fill(&batch.velocity, rows * dimension, 0.5, 1);
  fill(&batch.start, rows * dimension, 0, 1);
  fill(&batch.end, rows * dimension, 1, 1);
  fill(&batch.growth, rows, 0.3, 0.5);
  for (int64_t i = 0; i < rows; ++i) {
    batch.tau.push_back(static_cast<float>(random.Uniform()));
    batch.loss_factor.push_back(static_cast<float>(0.5 + random.Uniform()));
    batch.mass.push_back(static_cast<float>(0.5 + random.Uniform()));
    if (bridge) batch.bridge_variance.push_back(0.04F);
  }
  batch.start_mass = 1;
  batch.end_mass = 1.7;
  return batch;
}

}  // namespace actionmatch

#endif  // ACTIONMATCH_TESTS_CORE_SUPPORT_ANY_BATCH_H_
