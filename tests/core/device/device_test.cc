// What is refused where there is no CUDA device, and what AUTO comes to there.

#include "core/device/device.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/device/machine.h"
#include "core/training/training_step.h"
#include "tests/core/support/small_training.h"

namespace actionmatch {
namespace {

using Device = TrainingSpec::Device;
using Precision = TrainingSpec::Precision;
using testing::HasSubstr;

class WithoutCudaTest : public testing::Test {
 protected:
  void SetUp() override {
    if (HasCuda()) GTEST_SKIP() << "this machine has CUDA";
  }
};

TEST_F(WithoutCudaTest, CudaAndWhatOnlyItHasAreRefusedWithTheFieldAndTheRemedy) {
  const auto refused = [](const TrainSpec& spec) {
    const auto trainer = Trainer::Create(spec, Data(), {}, {});
    EXPECT_EQ(trainer.status().code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_EQ(CheckProcessor(spec.training), trainer.status());
    return std::string(trainer.status().message());
  };
  TrainSpec spec = Spec();
  spec.training.device = Device::kCuda;
  EXPECT_THAT(refused(spec), testing::AllOf(HasSubstr("training.device"), HasSubstr(WhyNoCuda()), HasSubstr("AUTO")));
  spec.training.precision = Precision::kBfloat16;
  EXPECT_THAT(refused(spec), HasSubstr("training.device"));
  spec.training.device = Device::kAuto;
  spec.training.precision = Precision::kTf32;
  EXPECT_THAT(refused(spec), testing::AllOf(HasSubstr("training.precision"), HasSubstr("use FLOAT32")));
}

TEST_F(WithoutCudaTest, AutoIsTheProcessorAndTheFieldSaysSo) {
  EXPECT_EQ(AutomaticDevice(Device::kAuto), Device::kCpu);
  const auto field = Train(Spec(), Data());
  EXPECT_EQ(field->provenance().spec.training.device, Device::kCpu);
  EXPECT_EQ(field->provenance().spec.training.engine, TrainingSpec::Engine::kFused);
}

TEST(DeviceTest, WhatIsAskedForIsNotAutomatic) {
  EXPECT_EQ(AutomaticDevice(Device::kCpu), Device::kCpu);
  EXPECT_EQ(AutomaticDevice(Device::kCuda), Device::kCuda);
  EXPECT_TRUE(DeviceOf(Device::kCpu).is_cpu());
  EXPECT_TRUE(DeviceOf(Device::kCuda).is_cuda());
}

// Checkpoints record what rounds.
TEST(DeviceTest, KernelsNameTheDeviceAndItsProducts) {
  TrainingSpec training;
  training.device = Device::kCuda;
  training.engine = TrainingSpec::Engine::kAutograd;
  training.precision = Precision::kTf32;
  EXPECT_THAT(KernelsOf(training), testing::AllOf(HasSubstr("libtorch "), HasSubstr(", cuda, tf32")));
}

}  // namespace
}  // namespace actionmatch
