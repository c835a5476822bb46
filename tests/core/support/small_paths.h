// Small data, paths between them, and their draws.

#ifndef ACTIONMATCH_TESTS_CORE_SUPPORT_SMALL_PATHS_H_
#define ACTIONMATCH_TESTS_CORE_SUPPORT_SMALL_PATHS_H_

#include <gtest/gtest.h>

#include <memory>

#include "core/path/make_path.h"
#include "core/path/time_sampler.h"
#include "core/simulation/simulate.h"

namespace actionmatch {

inline Snapshots SmallData(int snapshots = 4, int points = 300) {
  Gaussians population;
  population.snapshots = snapshots;
  population.points = points;
  return *Simulate(population, 1);
}

// Gaussians of unit width, a step apart between neighbours.
inline Snapshots SteppingData(int dimension, double step) {
  Gaussians population;
  population.dimension = dimension;
  population.snapshots = 21;
  population.points = 300;
  population.shift = 20 * step;
  population.spread = 0;
  return *Simulate(population, 2);
}

// The dynamics get what the kind needs.
inline std::unique_ptr<const Path> SmallPath(const Snapshots& data, PathSpec::Kind kind, double noise = 0,
                                             PathSpec::Bridge bridge = PathSpec::Bridge::kSmooth,
                                             const Dynamics& dynamics = {}) {
  PathSpec spec;
  spec.kind = kind;
  spec.bridge = bridge;
  spec.bridge_noise = noise;
  Dynamics with = dynamics;
  if (TraitsOf(kind).needs_growth && with.lambda == 0) with.lambda = 1;
  auto path = MakePath(spec, with, data, Standardise(data), 7, {});
  EXPECT_TRUE(path.ok()) << path.status();
  return *std::move(path);
}

inline PathBatch DrawBatch(const Path& path, int64_t step, int samples, bool with_boundaries = false,
                           TrainingSpec::Times kind = TrainingSpec::Times::kStratified) {
  const TimeSampler times(kind, 4, path.knots());
  PathBatch batch;
  path.Draw({7, step, samples, with_boundaries, &times}, &batch);
  return batch;
}

}  // namespace actionmatch

#endif  // ACTIONMATCH_TESTS_CORE_SUPPORT_SMALL_PATHS_H_
