#include "core/device/device_tensors.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <vector>

#include "core/device/device.h"

namespace actionmatch {
namespace {

std::vector<at::Device> Devices() {
  std::vector<at::Device> devices = {at::kCPU};
  if (HasCuda()) devices.push_back(DeviceOf(TrainingSpec::Device::kCuda));
  return devices;
}

TEST(DeviceTensorsTest, HoldWhatWasUploadedLastWhereTheyAlwaysLie) {
  for (const at::Device device : Devices()) {
    const std::vector<at::Tensor> like = {at::zeros({3}), at::zeros({2, 4}), at::zeros({1})};
    DeviceTensors tensors(like, device);
    std::vector<const void*> places;
    for (const at::Tensor& tensor : tensors.tensors()) places.push_back(tensor.data_ptr());
    for (const double value : {1.0, -2.5}) {
      std::vector<at::Tensor> values;
      for (size_t i = 0; i < like.size(); ++i) {
        values.push_back(at::arange(like[i].numel(), at::kFloat).view(like[i].sizes()) * value +
                         static_cast<double>(i));
      }
      tensors.Upload(values);
      ASSERT_EQ(tensors.tensors().size(), like.size());
      for (size_t i = 0; i < like.size(); ++i) {
        EXPECT_TRUE(at::equal(tensors.tensors()[i].to(at::kCPU), values[i])) << device.str() << i;
        EXPECT_EQ(tensors.tensors()[i].data_ptr(), places[i]);
        EXPECT_EQ(tensors.tensors()[i].device().type(), device.type());
      }
    }
  }
}

// What the host does with its numbers afterwards is not seen.
TEST(DeviceTensorsTest, UploadsAreCopies) {
  for (const at::Device device : Devices()) {
    DeviceTensors tensors({at::zeros({4})}, device);
    at::Tensor values = at::ones({4});
    tensors.Upload({values});
    values.zero_();
    EXPECT_TRUE(at::equal(tensors.tensors()[0].to(at::kCPU), at::ones({4})));
  }
}

}  // namespace
}  // namespace actionmatch
