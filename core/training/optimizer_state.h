// OptimizerState: the parameters in training and the numbers that the optimiser keeps for them, each kind in one flat
// tensor, on the host or on a device.

#ifndef ACTIONMATCH_CORE_TRAINING_OPTIMIZER_STATE_H_
#define ACTIONMATCH_CORE_TRAINING_OPTIMIZER_STATE_H_

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <map>
#include <string>

#include "absl/status/status.h"
#include "core/potential/potential.h"
#include "core/storage/tensor_file.h"

namespace actionmatch {

struct OptimizerState {
  OptimizerState(const Parameters& initial, at::Device device);

  // A copy of the moving average on the host, in the shapes of the parameters.
  Parameters Average(const Potential& potential) const;

  // For checkpoints: arrays "optimizer.*", which are equal from every device. Restore wants arrays that Save made for
  // parameters of these shapes, otherwise DATA_LOSS, and leaves the tensors where they lie.
  void Save(std::map<std::string, Array>* arrays) const;
  absl::Status Restore(const TensorFile& file);
  // Takes over the numbers of a state of the same shapes, from any device, and leaves the tensors where they lie.
  void CopyFrom(const OptimizerState& other);

  at::Tensor parameters;     // [P], in the order of Parameters
  at::Tensor first_moment;   // [P]
  at::Tensor second_moment;  // [P]
  at::Tensor average;        // [P]
  int64_t step = 0;          // how many steps were taken
};

}  // namespace actionmatch

#endif  // ACTIONMATCH_CORE_TRAINING_OPTIMIZER_STATE_H_
