#include "core/potential/potential.h"

#include <ATen/ATen.h>

namespace actionmatch {

Parameters Parameters::Clone() const {
  Parameters copy;
  for (const at::Tensor& tensor : tensors) copy.tensors.push_back(tensor.detach().clone());
  return copy;
}

Parameters Potential::Views(const at::Tensor& flat) const {
  Parameters views;
  int64_t next = 0;
  for (const std::vector<int64_t>& shape : shapes()) {
    int64_t size = 1;
    for (const int64_t n : shape) size *= n;
    views.tensors.push_back(flat.narrow(0, next, size).view(shape).detach());
    next += size;
  }
  return views;
}

}  // namespace actionmatch
