#include "core/device/repeated_work.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "core/device/device.h"
#include "core/device/device_tensors.h"

namespace actionmatch {
namespace {

// Each run sees the numbers of the upload before it, whether it is called, captured or launched.
TEST(RepeatedWorkTest, RunsOnTheNumbersThatWereUploadedLast) {
  std::vector<at::Device> devices = {at::kCPU};
  if (HasCuda()) devices.push_back(DeviceOf(TrainingSpec::Device::kCuda));
  for (const at::Device device : devices) {
    DeviceTensors inputs({at::zeros({2}), at::zeros({2, 2})}, device);
    const at::Tensor sum = at::zeros({2}, at::TensorOptions(at::kFloat).device(device));
    const auto work = MakeRepeatedWork(device, [&] { sum.add_(at::mv(inputs.tensors()[1], inputs.tensors()[0])); });
    at::Tensor expected = at::zeros({2});
    for (int run = 1; run <= 6; ++run) {
      const at::Tensor x = at::full({2}, 1.0 * run);
      const at::Tensor a = at::eye(2) * run + 1;
      inputs.Upload({x, a});
      work->Run();
      expected = expected + at::mv(a, x);
      EXPECT_TRUE(at::equal(sum.to(at::kCPU), expected)) << device.str() << ", run " << run;
    }
  }
}

}  // namespace
}  // namespace actionmatch
