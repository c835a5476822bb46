// Laws of the table: the reference comes last and takes any potential, and all engines that this machine has take the
// same steps.

#include "core/training/training_engines.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <set>
#include <string>
#include <vector>

#include "core/device/device.h"
#include "tests/core/support/any_batch.h"
#include "tests/core/support/small_network.h"

namespace actionmatch {
namespace {

using Device = TrainingSpec::Device;
using Engine = TrainingSpec::Engine;
using testing::HasSubstr;
using testing::StartsWith;

constexpr int64_t kRows = 24;

StepRequest Request(const TrainingEngine& engine, int threads = 1) {
  StepRequest request;
  request.training.device = engine.device;
  request.training.engine = engine.engine;
  request.training.times = TrainingSpec::Times::kAdaptive;  // which want the interior
  request.training.steps = 20;
  request.training.warmup_steps = 2;
  request.objective.dynamics.lambda = 0.7;
  request.objective.dynamics.sigma = 0.5;
  request.potential = SmallNetwork();
  request.initial = request.potential->Initialise(1);
  request.rows = kRows;
  request.threads = threads;
  return request;
}

std::vector<const TrainingEngine*> Usable() {
  std::vector<const TrainingEngine*> usable;
  for (const TrainingEngine& engine : TrainingEngines()) {
    if (engine.device == Device::kCpu || HasCuda()) usable.push_back(&engine);
  }
  return usable;
}

PathBatch Batch(int64_t step) { return AnyBatch(kRows, 2, /*bridge=*/false, static_cast<uint64_t>(step)); }

double Distance(const at::Tensor& a, const at::Tensor& b) {
  const at::Tensor of_a = a.to(at::kCPU), of_b = b.to(at::kCPU);
  return ((of_a - of_b).norm() / of_b.norm()).item<double>();
}

TEST(TrainingEnginesTest, TheReferenceComesLastAndTakesAnyPotential) {
  const TrainingEngine& reference = TrainingEngines().back();
  EXPECT_STREQ(reference.name, "autograd");
  EXPECT_EQ(reference.device, Device::kCpu);
  EXPECT_TRUE(reference.supports({}, *SmallNetwork()));
  std::set<std::string> names;
  for (const TrainingEngine& engine : TrainingEngines()) {
    EXPECT_NE(engine.device, Device::kAuto) << engine.name;
    EXPECT_NE(engine.engine, Engine::kAuto) << engine.name;
    EXPECT_TRUE(names.insert(engine.name).second) << engine.name;
  }
}

TEST(TrainingEnginesTest, EachRowIsFoundByItsDeviceAndEngine) {
  for (const TrainingEngine& engine : TrainingEngines()) {
    TrainingSpec training;
    training.device = engine.device;
    training.engine = engine.engine;
    EXPECT_STREQ(EngineOf(training, *SmallNetwork()).name, engine.name);
    training.precision = TrainingSpec::Precision::kFloat32;
    EXPECT_EQ(KernelsOf(training, *SmallNetwork()), engine.kernels());
  }
}

TEST(TrainingEnginesTest, AllTakeTheSteps) {
  const TrainingEngine& reference = TrainingEngines().back();
  for (const TrainingEngine* engine : Usable()) {
    SCOPED_TRACE(engine->name);
    const double tolerance = engine->device == Device::kCpu ? 1e-4 : 1e-3;
    const auto expected = MakeTrainingStep(Request(reference));
    const auto taken = MakeTrainingStep(Request(*engine));
    for (int64_t step = 0; step < 6; ++step) {
      int besides = 0;
      const auto a = taken->Take(Batch(step), [&] { ++besides; });
      const auto b = expected->Take(Batch(step), {});
      ASSERT_TRUE(a.ok()) << a.status();
      ASSERT_TRUE(b.ok()) << b.status();
      EXPECT_EQ(besides, 1);
      EXPECT_NEAR(a->loss, b->loss, tolerance * (1 + std::abs(b->loss)));
      EXPECT_NEAR(a->gradient_norm, b->gradient_norm, tolerance * b->gradient_norm);
      EXPECT_EQ(a->learning_rate, b->learning_rate);
      EXPECT_LT(Distance(at::tensor(a->interior), at::tensor(b->interior)), tolerance);
    }
    EXPECT_LT(Distance(taken->state().parameters, expected->state().parameters), tolerance);
    EXPECT_LT(Distance(taken->state().average, expected->state().average), tolerance);
    // From another's state it goes on as the other does.
    taken->state().CopyFrom(expected->state());
    ASSERT_TRUE(taken->Take(Batch(6), {}).ok());
    ASSERT_TRUE(expected->Take(Batch(6), {}).ok());
    EXPECT_LT(Distance(taken->state().parameters, expected->state().parameters), tolerance);
    EXPECT_EQ(taken->state().step, 7);
  }
}

TEST(TrainingEnginesTest, ThreadsChangeNoBit) {
  for (const TrainingEngine* engine : Usable()) {
    const auto one = MakeTrainingStep(Request(*engine, 1));
    const auto three = MakeTrainingStep(Request(*engine, 3));
    for (int64_t step = 0; step < 3; ++step) {
      EXPECT_EQ(one->Take(Batch(step), {})->loss, three->Take(Batch(step), {})->loss) << engine->name;
    }
    EXPECT_TRUE(at::equal(one->state().parameters, three->state().parameters)) << engine->name;
  }
}

TEST(TrainingEnginesTest, AGradientThatIsNotFiniteLeavesTheStateAsItWas) {
  for (const TrainingEngine* engine : Usable()) {
    const auto step = MakeTrainingStep(Request(*engine));
    ASSERT_TRUE(step->Take(Batch(0), {}).ok());
    const at::Tensor before = step->state().parameters.clone();
    PathBatch batch = Batch(1);
    batch.velocity[4] = std::numeric_limits<float>::quiet_NaN();
    const absl::Status diverged = step->Take(batch, {}).status();
    EXPECT_EQ(diverged.code(), absl::StatusCode::kInternal) << engine->name;
    EXPECT_THAT(std::string(diverged.message()), HasSubstr("at step 1"));
    EXPECT_EQ(step->state().step, 1) << engine->name;
    EXPECT_TRUE(at::equal(step->state().parameters, before)) << engine->name;
  }
}

// Checkpoints record what rounds.
TEST(TrainingEnginesTest, KernelsNameTheDeviceAndItsProducts) {
  TrainingSpec training;
  training.device = Device::kCuda;
  training.engine = Engine::kAutograd;
  training.precision = TrainingSpec::Precision::kTf32;
  EXPECT_THAT(KernelsOf(training, *SmallNetwork()), testing::AllOf(HasSubstr("libtorch "), HasSubstr(", cuda, tf32")));
  training.precision = TrainingSpec::Precision::kBfloat16;
  EXPECT_THAT(KernelsOf(training, *SmallNetwork()), HasSubstr(", cuda, bfloat16"));
  training.device = Device::kCpu;
  training.engine = Engine::kFused;
  training.precision = TrainingSpec::Precision::kFloat32;
  EXPECT_THAT(KernelsOf(training, *SmallNetwork()), StartsWith("fused, "));
}

}  // namespace
}  // namespace actionmatch
