// Trainings with bfloat16 products, where the processor has them; their refusal, where not. CMakeLists.txt runs this
// twice: as it is, and with oneDNN told to leave out such instructions.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/device/machine.h"
#include "core/kernels/matrix_product.h"
#include "core/potential/potential_kinds.h"
#include "core/simulation/simulate.h"
#include "core/training/trainer.h"
#include "core/training/training_engines.h"

namespace actionmatch {
namespace {

using Precision = TrainingSpec::Precision;
using testing::HasSubstr;

Snapshots Data() {
  Gaussians population;
  population.snapshots = 3;
  population.points = 200;
  population.shift = 4;
  return *Simulate(population, 1);
}

TrainSpec Spec(Precision precision) {
  TrainSpec spec;
  spec.potential.hidden = {32, 32, 32};
  spec.training.precision = precision;
  spec.training.steps = 60;
  spec.training.batch_size = 300;  // of several lanes
  spec.training.warmup_steps = 10;
  spec.training.checkpoint_interval = 25;
  spec.hold_out.test_fraction = 0.2;
  spec.hold_out.refit = false;
  return spec;
}

absl::StatusOr<std::unique_ptr<Trainer>> Make(const TrainSpec& spec, int threads) {
  Provenance provenance;
  provenance.axis_names = {"a", "b"};
  TrainerOptions options;
  options.threads = threads;
  options.device = TrainingSpec::Device::kCpu;
  return Trainer::Create(spec, Data(), provenance, options);
}

std::shared_ptr<const Field> Train(const TrainSpec& spec, int threads = 1, const TrainerHooks& hooks = {}) {
  const auto trainer = Make(spec, threads);
  EXPECT_TRUE(trainer.ok()) << trainer.status();
  auto field = (*trainer)->Run(hooks);
  EXPECT_TRUE(field.ok()) << field.status();
  return *std::move(field);
}

TEST(PrecisionTest, IsRefusedWhereTheProcessorLacksIt) {
  const auto trainer = Make(Spec(Precision::kBfloat16), 1);
  if (Bfloat16Instructions() != nullptr) {
    EXPECT_TRUE(trainer.ok()) << trainer.status();
    return;
  }
  EXPECT_EQ(trainer.status().code(), absl::StatusCode::kFailedPrecondition);
  for (const char* part : {"training.precision", "avx512_bf16", "use FLOAT32"}) {
    EXPECT_THAT(std::string(trainer.status().message()), HasSubstr(part));
  }
  EXPECT_TRUE(Make(Spec(Precision::kFloat32), 1).ok());
}

class Bfloat16Test : public testing::Test {
 protected:
  void SetUp() override {
    if (Bfloat16Instructions() == nullptr) GTEST_SKIP() << "this processor has no bfloat16 products";
  }
};

TEST_F(Bfloat16Test, NeitherThreadsNorAResumeChangeABit) {
  const TrainSpec spec = Spec(Precision::kBfloat16);
  std::string checkpoint;
  TrainerHooks hooks;
  hooks.on_checkpoint = [&](const std::string& bytes, int64_t) {
    checkpoint = bytes;
    return absl::OkStatus();
  };
  const std::string one = Train(spec, 1, hooks)->Serialize();
  EXPECT_EQ(Train(spec, 2)->Serialize(), one);
  const auto resumed = Make(spec, 2);
  ASSERT_TRUE((*resumed)->Resume(checkpoint).ok());
  EXPECT_EQ((*(*resumed)->Run({}))->Serialize(), one);
  EXPECT_THAT(KernelsOf(spec.training, *MakePotential(spec.potential, 2)), HasSubstr(Bfloat16Instructions()));
}

// Rounding is far below the noise of the samples that a step draws.
TEST_F(Bfloat16Test, LearnsAFieldAsGoodAsFloat32s) {
  const auto distance = [](Precision precision) {
    TrainSpec spec = Spec(precision);
    spec.training.steps = 600;
    const auto field = Train(spec, 2);
    double sum = 0;
    for (const SnapshotScore& score : field->provenance().scores) sum += score.w1;
    return sum / static_cast<double>(field->provenance().scores.size());
  };
  const double exact = distance(Precision::kFloat32);
  const double rounded = distance(Precision::kBfloat16);
  EXPECT_NE(rounded, exact);
  EXPECT_NEAR(rounded, exact, 0.05 * exact);
}

}  // namespace
}  // namespace actionmatch
