// Perceptron: a multi-layer perceptron N of (tau, y), under one of three heads:
//   value: S = N     inner product: S = sum_d N_d y_d + N_{D+1}     quadratic: S = 1/2 |y - N|^2
// With time features, N also sees sin and cos of 2 pi k tau. fused_network.h has its passes without an autograd graph.

#ifndef ACTIONMATCH_CORE_POTENTIAL_PERCEPTRON_H_
#define ACTIONMATCH_CORE_POTENTIAL_PERCEPTRON_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/potential/potential.h"

namespace actionmatch {

// The parameters are weight [out, in] and bias [out] of each layer.
class Perceptron final : public Potential {
 public:
  // `precision`: the numbers that products between hidden layers read in Value; kTf32 is as kFloat32 here.
  Perceptron(PotentialSpec spec, int64_t dimension,
             TrainingSpec::Precision precision = TrainingSpec::Precision::kFloat32);

  // "layers.0.weight", "layers.0.bias", ...
  std::vector<std::string> names() const override;
  std::vector<std::vector<int64_t>> shapes() const override;
  // Parameters uniform in +-1/sqrt(fan_in) (LibTorch's default for linear layers), drawn by (seed, initial parameters).
  // The last layer's are scaled down by 10, so that training starts from a field near rest.
  Parameters Initialise(uint64_t seed) const override;
  at::Tensor Value(const Parameters& parameters, const PotentialInput& input) const override;
  std::shared_ptr<const Potential> WithPrecision(TrainingSpec::Precision precision) const override;

  const PotentialSpec& spec() const { return spec_; }

 private:
  const PotentialSpec spec_;
  const TrainingSpec::Precision precision_;
};

}  // namespace actionmatch

#endif  // ACTIONMATCH_CORE_POTENTIAL_PERCEPTRON_H_
