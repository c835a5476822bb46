// Small trainings that tests share: three snapshots of a moving Gaussian, a small network, a second or so.

#ifndef ACTIONMATCH_TESTS_CORE_SUPPORT_SMALL_TRAINING_H_
#define ACTIONMATCH_TESTS_CORE_SUPPORT_SMALL_TRAINING_H_

#include <gtest/gtest.h>

#include <memory>

#include "core/simulation/simulate.h"
#include "core/training/trainer.h"

namespace actionmatch {

inline Snapshots Data(double shift = 2) {
  Gaussians population;
  population.snapshots = 3;
  population.points = 200;
  population.shift = shift;
  return *Simulate(population, 1);
}

inline TrainSpec Spec() {
  TrainSpec spec;
  spec.potential.hidden = {32, 32};
  spec.training.steps = 60;
  spec.training.batch_size = 64;
  spec.training.warmup_steps = 10;
  spec.training.evaluation_interval = 20;
  spec.training.checkpoint_interval = 25;
  spec.hold_out.test_fraction = 0.2;
  spec.hold_out.refit = false;
  return spec;
}

inline std::unique_ptr<Trainer> Make(const TrainSpec& spec, const Snapshots& data, int threads = 1) {
  Provenance provenance;
  provenance.dataset = "datasets/test";
  provenance.content_hash = "hash";
  provenance.axis_names = {"a", "b"};
  provenance.transform = std::vector<double>{2.5, 0.1};
  TrainerOptions options;
  options.threads = threads;
  options.device = TrainingSpec::Device::kCpu;
  auto trainer = Trainer::Create(spec, data, provenance, options);
  EXPECT_TRUE(trainer.ok()) << trainer.status();
  return *std::move(trainer);
}

inline std::shared_ptr<const Field> Train(const TrainSpec& spec, const Snapshots& data,
                                          const TrainerHooks& hooks = {}) {
  auto field = Make(spec, data)->Run(hooks);
  EXPECT_TRUE(field.ok()) << field.status();
  return *std::move(field);
}

}  // namespace actionmatch

#endif  // ACTIONMATCH_TESTS_CORE_SUPPORT_SMALL_TRAINING_H_
