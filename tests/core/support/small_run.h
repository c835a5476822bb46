// A small training made ready, of which tests run parts.

#ifndef ACTIONMATCH_TESTS_CORE_SUPPORT_SMALL_RUN_H_
#define ACTIONMATCH_TESTS_CORE_SUPPORT_SMALL_RUN_H_

#include <gtest/gtest.h>

#include <memory>
#include <utility>
#include <vector>

#include "core/training/training_run.h"
#include "tests/core/support/small_training.h"

namespace actionmatch {

inline TrainingRun Prepared(const TrainSpec& spec, int threads = 1) {
  Provenance provenance;
  provenance.content_hash = "hash";
  provenance.axis_names = {"a", "b"};
  TrainerOptions options;
  options.threads = threads;
  options.device = TrainingSpec::Device::kCpu;
  absl::StatusOr<TrainingRun> run = PrepareRun(spec, Data(), provenance, options);
  EXPECT_TRUE(run.ok()) << run.status();
  return *std::move(run);
}

inline std::vector<std::unique_ptr<const Path>> PathsOf(TrainingRun* run) {
  absl::StatusOr<std::vector<std::unique_ptr<const Path>>> paths = MakePaths({}, run);
  EXPECT_TRUE(paths.ok()) << paths.status();
  return *std::move(paths);
}

// The field of initial weights.
inline std::shared_ptr<const Field> Untrained(const TrainingRun& run, uint64_t seed = 1) {
  return run.MakeField(run.rows.choosing, run.provenance, {run.potential->Initialise(seed)});
}

}  // namespace actionmatch

#endif  // ACTIONMATCH_TESTS_CORE_SUPPORT_SMALL_RUN_H_
