// DeviceTensors: tensors of fixed shapes that stay where they are on a device, so that work on them can be captured
// (repeated_work.h), and that take new numbers from the host in one transfer.

#ifndef ACTIONMATCH_CORE_DEVICE_DEVICE_TENSORS_H_
#define ACTIONMATCH_CORE_DEVICE_DEVICE_TENSORS_H_

#include <ATen/core/Tensor.h>

#include <vector>

namespace actionmatch {

// Not thread-safe.
class DeviceTensors {
 public:
  // Tensors in the shapes of `like`, which are all of one type.
  DeviceTensors(const std::vector<at::Tensor>& like, at::Device device);

  // Takes in tensors on the host, in the order and the shapes of `like`. Work that is queued on the device after this
  // sees them; a caller that has waited for such work may upload again.
  void Upload(const std::vector<at::Tensor>& values);

  const std::vector<at::Tensor>& tensors() const { return tensors_; }

 private:
  at::Tensor staging_;               // on the host, page-locked for CUDA
  at::Tensor uploaded_;              // staging_ itself if the device is the CPU
  std::vector<at::Tensor> staged_;   // views of staging_
  std::vector<at::Tensor> tensors_;  // views of uploaded_
};

}  // namespace actionmatch

#endif  // ACTIONMATCH_CORE_DEVICE_DEVICE_TENSORS_H_
