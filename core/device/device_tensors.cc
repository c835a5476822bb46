#include "core/device/device_tensors.h"

#include <ATen/ATen.h>

namespace actionmatch {

DeviceTensors::DeviceTensors(const std::vector<at::Tensor>& like, at::Device device) {
  int64_t size = 0;
  for (const at::Tensor& tensor : like) size += tensor.numel();
  staging_ = at::zeros({size}, at::TensorOptions(like.front().scalar_type()).pinned_memory(device.is_cuda()));
  uploaded_ = staging_.to(device);
  int64_t next = 0;
  for (const at::Tensor& tensor : like) {
    staged_.push_back(staging_.narrow(0, next, tensor.numel()).view(tensor.sizes()));
    tensors_.push_back(uploaded_.narrow(0, next, tensor.numel()).view(tensor.sizes()));
    next += tensor.numel();
  }
}

void DeviceTensors::Upload(const std::vector<at::Tensor>& values) {
  for (size_t i = 0; i < staged_.size(); ++i) staged_[i].copy_(values[i]);
  if (!uploaded_.is_same(staging_)) uploaded_.copy_(staging_, /*non_blocking=*/true);
}

}  // namespace actionmatch
