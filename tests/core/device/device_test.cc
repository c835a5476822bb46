// What devices AUTO comes to, and why there is no CUDA where there is none.

#include "core/device/device.h"

#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <thread>

namespace actionmatch {
namespace {

using Device = TrainingSpec::Device;

TEST(DeviceTest, AutoIsCudaWhereItCanBeUsed) {
  EXPECT_EQ(AutomaticDevice(Device::kAuto), HasCuda() ? Device::kCuda : Device::kCpu);
  EXPECT_EQ(*WhyNoCuda() == '\0', HasCuda());
}

TEST(DeviceTest, WhatIsAskedForIsNotAutomatic) {
  EXPECT_EQ(AutomaticDevice(Device::kCpu), Device::kCpu);
  EXPECT_EQ(AutomaticDevice(Device::kCuda), Device::kCuda);
  EXPECT_TRUE(DeviceOf(Device::kCpu).is_cpu());
  EXPECT_TRUE(DeviceOf(Device::kCuda).is_cuda());
}

TEST(DeviceTest, AThreadCanKeepLibTorchToItself) {
  int threads = 0;
  std::thread([&] {
    UseOneTorchThread();
    threads = at::get_num_threads();
  }).join();
  EXPECT_EQ(threads, 1);
}

}  // namespace
}  // namespace actionmatch
