// Potential: a multi-layer perceptron N of (tau, y), under one of three heads:
//   value: S = N     inner product: S = sum_d N_d y_d + N_{D+1}     quadratic: S = 1/2 |y - N|^2
// Standardised units throughout. With time features, N also sees sin and cos of 2 pi k tau.

#ifndef ACTIONMATCH_CORE_POTENTIAL_POTENTIAL_H_
#define ACTIONMATCH_CORE_POTENTIAL_POTENTIAL_H_

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <vector>

#include "core/spec/spec.h"

namespace actionmatch {

// Parameters in a fixed order: weight [out, in] and bias [out] of each layer, float32 (float64 in tests).
struct Parameters {
  std::vector<at::Tensor> tensors;

  Parameters Clone() const;
};

// The architecture: everything about the network but its numbers. Immutable, thread-safe.
class Potential {
 public:
  // `precision`: what products between hidden layers read in Value; kTf32 is as kFloat32 here.
  Potential(PotentialSpec spec, int64_t dimension,
            TrainingSpec::Precision precision = TrainingSpec::Precision::kFloat32);

  // Weights and biases uniform in +-1/sqrt(fan_in) (LibTorch's default for linear layers), drawn by (seed, kWeights);
  // the last layer's weights are scaled down by 10, so that training starts from a field near rest.
  Parameters Initialise(uint64_t seed) const;
  // "layers.0.weight", "layers.0.bias", ... in the order of Parameters.
  std::vector<std::string> names() const;
  std::vector<std::vector<int64_t>> shapes() const;
  // Parameters that share their numbers with one flat tensor [P].
  Parameters Views(const at::Tensor& flat) const;
  // tau: [B], y: [B, D] -> S: [B], as an autograd graph over whichever of the three wants gradients, on their device.
  at::Tensor Value(const Parameters& parameters, const at::Tensor& tau, const at::Tensor& y) const;

  int64_t dimension() const { return dimension_; }
  const PotentialSpec& spec() const { return spec_; }

 private:
  PotentialSpec spec_;
  int64_t dimension_;
  TrainingSpec::Precision precision_;
};

}  // namespace actionmatch

#endif  // ACTIONMATCH_CORE_POTENTIAL_POTENTIAL_H_
