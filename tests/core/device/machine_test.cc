// What a machine refuses to train, and that the refusal names the field and a remedy.

#include "core/device/machine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "core/device/device.h"
#include "core/kernels/matrix_product.h"

namespace actionmatch {
namespace {

using Device = TrainingSpec::Device;
using Engine = TrainingSpec::Engine;
using Precision = TrainingSpec::Precision;
using testing::AllOf;
using testing::HasSubstr;

TrainingSpec Training(Device device, Precision precision, Engine engine = Engine::kAuto) {
  TrainingSpec training;
  training.device = device;
  training.precision = precision;
  training.engine = engine;
  return training;
}

std::string Refused(const TrainingSpec& training) {
  const absl::Status refused = CheckProcessor(training);
  EXPECT_EQ(refused.code(), absl::StatusCode::kFailedPrecondition);
  return std::string(refused.message());
}

TEST(MachineTest, AnyMachineTrainsInFloat32OnItsProcessor) {
  for (const Device device : {Device::kCpu, Device::kAuto}) {
    for (const Engine engine : {Engine::kAuto, Engine::kFused}) {
      EXPECT_TRUE(CheckProcessor(Training(device, Precision::kFloat32, engine)).ok());
    }
  }
}

TEST(MachineTest, WithoutCudaWhatOnlyItHasIsRefused) {
  if (HasCuda()) GTEST_SKIP() << "this machine has CUDA";
  for (const Precision precision : {Precision::kFloat32, Precision::kBfloat16}) {
    EXPECT_THAT(Refused(Training(Device::kCuda, precision)),
                AllOf(HasSubstr("training.device"), HasSubstr(WhyNoCuda()), HasSubstr("AUTO")));
  }
  EXPECT_THAT(Refused(Training(Device::kAuto, Precision::kTf32)),
              AllOf(HasSubstr("training.precision"), HasSubstr(WhyNoCuda()), HasSubstr("FLOAT32")));
}

TEST(MachineTest, Bfloat16IsRefusedWhereTheProcessorLacksIt) {
  const TrainingSpec training = Training(Device::kCpu, Precision::kBfloat16);
  if (Bfloat16Instructions() != nullptr) {
    EXPECT_TRUE(CheckProcessor(training).ok());
    return;
  }
  EXPECT_THAT(Refused(training),
              AllOf(HasSubstr("training.precision"), HasSubstr("avx512_bf16"), HasSubstr("use FLOAT32")));
}

}  // namespace
}  // namespace actionmatch
