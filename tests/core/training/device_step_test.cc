// The step in LibTorch's tensors against the host's: on the CPU, and on CUDA where it can be used.

#include "core/training/device_step.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "core/device/device.h"
#include "core/potential/potential_kinds.h"
#include "core/training/host_step.h"
#include "tests/core/support/any_batch.h"

namespace actionmatch {
namespace {

using Form = TrainingSpec::Form;

constexpr int64_t kRows = 24;
constexpr int64_t kDimension = 3;
constexpr int kSteps = 8;  // on CUDA: called, captured and launched

std::vector<at::Device> Devices() {
  std::vector<at::Device> devices = {at::kCPU};
  if (HasCuda()) devices.push_back(DeviceOf(TrainingSpec::Device::kCuda));
  return devices;
}

std::shared_ptr<const Potential> Network() {
  PotentialSpec spec;
  spec.hidden = {16, 16, 16};
  spec.time_features = 1;
  return MakePotential(spec, kDimension);
}

TrainingSpec Training() {
  TrainingSpec training;
  training.device = TrainingSpec::Device::kCpu;
  training.engine = TrainingSpec::Engine::kAutograd;
  training.warmup_steps = 2;
  training.steps = 20;
  training.ema_decay = 0.8;
  return training;
}

std::unique_ptr<TrainingStep> OnHost(const TrainingSpec& training, const Objective& objective) {
  const std::shared_ptr<const Potential> network = Network();
  return MakeHostStep({training, objective, network, network->Initialise(1), kRows, 1});
}

std::unique_ptr<TrainingStep> OnDevice(const TrainingSpec& training, const Objective& objective, at::Device device) {
  const std::shared_ptr<const Potential> network = Network();
  return MakeDeviceStep(training, objective, *network, network->Initialise(1), device);
}

PathBatch Batch(int64_t step, bool bridge = false) {
  return AnyBatch(kRows, kDimension, bridge, static_cast<uint64_t>(step));
}

double Distance(const at::Tensor& a, const at::Tensor& b) {
  const at::Tensor host = a.to(at::kCPU);
  return ((host - b).norm() / b.norm()).item<double>();
}

void ExpectNear(const OptimizerState& device, const OptimizerState& host, double tolerance) {
  EXPECT_EQ(device.step, host.step);
  EXPECT_LT(Distance(device.parameters, host.parameters), tolerance);
  EXPECT_LT(Distance(device.first_moment, host.first_moment), tolerance);
  EXPECT_LT(Distance(device.second_moment, host.second_moment), tolerance);
  EXPECT_LT(Distance(device.average, host.average), tolerance);
}

// Takes the same steps on both, and compares all that they answer.
void Compare(const TrainingSpec& training, const Objective& objective, bool bridge = false) {
  for (const at::Device device : Devices()) {
    SCOPED_TRACE(device.str());
    const double tolerance = device.is_cpu() ? 1e-5 : 1e-3;
    const auto host = OnHost(training, objective);
    const auto other = OnDevice(training, objective, device);
    for (int64_t step = 0; step < kSteps; ++step) {
      const PathBatch batch = Batch(step, bridge);
      const auto expected = host->Take(batch, {});
      int besides = 0;
      const auto taken = other->Take(batch, [&] { ++besides; });
      ASSERT_TRUE(expected.ok()) << expected.status();
      ASSERT_TRUE(taken.ok()) << taken.status();
      EXPECT_EQ(besides, 1);
      EXPECT_NEAR(taken->loss, expected->loss, tolerance * (1 + std::abs(expected->loss)));
      EXPECT_NEAR(taken->gradient_norm, expected->gradient_norm, tolerance * expected->gradient_norm);
      EXPECT_EQ(taken->learning_rate, expected->learning_rate);
      if (training.times == TrainingSpec::Times::kAdaptive) {
        EXPECT_LT(Distance(at::tensor(taken->interior), at::tensor(expected->interior)), tolerance);
      } else {
        EXPECT_TRUE(taken->interior.empty());
      }
    }
    EXPECT_GT(Distance(host->state().parameters, OnHost(training, objective)->state().parameters), 1e-3);
    ExpectNear(other->state(), host->state(), tolerance);
  }
}

TEST(DeviceStepTest, IsTheHostsForEveryLawInBothForms) {
  for (const Form form : {Form::kAction, Form::kConditional}) {
    for (const auto& [name, dynamics] : Mixes()) {
      SCOPED_TRACE(std::string(name) + (form == Form::kAction ? ", action" : ", conditional"));
      Objective objective;
      objective.form = form;
      objective.dynamics = dynamics;
      Compare(Training(), objective);
    }
  }
}

TEST(DeviceStepTest, EstimatesLaplaciansAlongTheHostsProbes) {
  for (const Form form : {Form::kAction, Form::kConditional}) {
    Objective objective;
    objective.form = form;
    objective.dynamics.sigma = 0.8;
    objective.laplacian_probes = 2;
    objective.seed = 3;
    Compare(Training(), objective);
    Compare(Training(), objective, /*bridge=*/true);
  }
}

TEST(DeviceStepTest, ClipsDecaysAndAnswersTheInteriorAsTheHostDoes) {
  Objective objective;
  objective.dynamics.lambda = 0.7;
  TrainingSpec training = Training();
  training.clip_norm = 0.05;
  Compare(training, objective);
  training = Training();
  training.weight_decay = 10;
  Compare(training, objective);
  training = Training();
  training.times = TrainingSpec::Times::kAdaptive;
  Compare(training, objective);
}

// A bridge of the dynamics' own noise leaves no Laplacian: such batches and others may follow each other.
TEST(DeviceStepTest, BatchesWithAndWithoutALaplacianMayMix) {
  Objective objective;
  objective.dynamics.sigma = 0.2;  // the bridge's
  for (const at::Device device : Devices()) {
    const auto host = OnHost(Training(), objective);
    const auto other = OnDevice(Training(), objective, device);
    for (int64_t step = 0; step < 2 * kSteps; ++step) {
      const PathBatch batch = Batch(step, step % 2 == 0);
      EXPECT_EQ(LaplacianFactors(objective, batch).empty(), step % 2 == 0);
      ASSERT_TRUE(host->Take(batch, {}).ok());
      ASSERT_TRUE(other->Take(batch, {}).ok());
    }
    ExpectNear(other->state(), host->state(), device.is_cpu() ? 1e-5 : 1e-3);
  }
}

TEST(DeviceStepTest, AGradientThatIsNotFiniteLeavesTheStateAsItWas) {
  for (const at::Device device : Devices()) {
    const auto step = OnDevice(Training(), Objective(), device);
    ASSERT_TRUE(step->Take(Batch(0), {}).ok());
    const OptimizerState& state = step->state();
    const std::vector<at::Tensor> tensors = {state.parameters, state.first_moment, state.second_moment, state.average};
    std::vector<at::Tensor> before;
    for (const at::Tensor& tensor : tensors) before.push_back(tensor.clone());
    for (const float wrong : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
      PathBatch batch = Batch(1);
      batch.velocity[4] = wrong;
      const absl::Status status = step->Take(batch, {}).status();
      EXPECT_EQ(status.code(), absl::StatusCode::kInternal);
      EXPECT_NE(std::string(status.message()).find("at step 1"), std::string::npos) << status;
      EXPECT_EQ(state.step, 1);
      for (size_t i = 0; i < tensors.size(); ++i) EXPECT_TRUE(at::equal(tensors[i], before[i])) << i;
    }
    EXPECT_TRUE(step->Take(Batch(1), {}).ok());
    EXPECT_FALSE(at::equal(state.parameters, before[0]));
  }
}

TEST(DeviceStepTest, EitherGoesOnFromTheOthersCheckpoint) {
  for (const at::Device device : Devices()) {
    const auto host = OnHost(Training(), Objective());
    const auto other = OnDevice(Training(), Objective(), device);
    for (int64_t step = 0; step < kSteps; ++step) {
      ASSERT_TRUE(host->Take(Batch(step), {}).ok());
      ASSERT_TRUE(other->Take(Batch(step), {}).ok());
    }
    TensorFile of_host, of_other;
    host->state().Save(&of_host.arrays);
    other->state().Save(&of_other.arrays);
    // Into objects that have taken steps of their own already, so that work on them may be captured.
    const auto resumed_host = OnHost(Training(), Objective());
    const auto resumed_other = OnDevice(Training(), Objective(), device);
    for (int64_t step = 0; step < kSteps; ++step) ASSERT_TRUE(resumed_other->Take(Batch(100 + step), {}).ok());
    ASSERT_TRUE(resumed_host->state().Restore(of_other).ok());
    ASSERT_TRUE(resumed_other->state().Restore(of_host).ok());
    EXPECT_EQ(resumed_other->state().step, kSteps);
    EXPECT_TRUE(at::equal(resumed_other->state().parameters.to(at::kCPU), host->state().parameters));
    for (const auto& step : {host.get(), resumed_host.get(), resumed_other.get()}) {
      for (int64_t s = kSteps; s < 2 * kSteps; ++s) ASSERT_TRUE(step->Take(Batch(s), {}).ok());
    }
    const double tolerance = device.is_cpu() ? 1e-5 : 1e-3;
    ExpectNear(resumed_host->state(), host->state(), tolerance);
    ExpectNear(resumed_other->state(), host->state(), tolerance);
    const Parameters average = resumed_other->state().Average(*Network());
    EXPECT_LT(Distance(average.tensors[2], host->state().Average(*Network()).tensors[2]), tolerance);
  }
}

TEST(DeviceStepTest, Bfloat16RoundsProductsAndNothingElse) {
  for (const at::Device device : Devices()) {
    TrainingSpec training = Training();
    const auto single = OnDevice(training, Objective(), device);
    training.precision = TrainingSpec::Precision::kBfloat16;
    const auto rounded = OnDevice(training, Objective(), device);
    const auto a = single->Take(Batch(0), {});
    const auto b = rounded->Take(Batch(0), {});
    ASSERT_TRUE(a.ok() && b.ok());
    EXPECT_NE(b->loss, a->loss);
    EXPECT_NEAR(b->gradient_norm, a->gradient_norm, 3e-2 * a->gradient_norm);
    EXPECT_EQ(rounded->state().parameters.scalar_type(), at::kFloat);
    EXPECT_LT(Distance(rounded->state().first_moment, single->state().first_moment.to(at::kCPU)), 3e-2);
  }
}

}  // namespace
}  // namespace actionmatch
