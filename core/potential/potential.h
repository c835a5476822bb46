// Potential: the interface of every function S(tau, y) that can be learned. potential_kinds.h has its kinds.
//
// A kind says its parameters' names and shapes, draws their first numbers, and computes S as an autograd graph.
// Training, evaluation, sampling, densities, scores, files and devices need no more. A kind may also have fused passes,
// which are faster: loss_gradient.h and point_passes.h have an engine for each kind of passes, autograd last.
//
// Standardised units throughout: y = (x - mean) / scale, tau in [0, 1].

#ifndef ACTIONMATCH_CORE_POTENTIAL_POTENTIAL_H_
#define ACTIONMATCH_CORE_POTENTIAL_POTENTIAL_H_

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/spec/spec.h"

namespace actionmatch {

// A potential's parameters in the order of Potential::names, float32 (float64 in tests).
struct Parameters {
  std::vector<at::Tensor> tensors;

  // A deep copy, which requires no gradients.
  Parameters Clone() const;
};

// The points that S is evaluated at: B rows, all tensors of one type on one device.
struct PotentialInput {
  at::Tensor tau;        // [B]
  at::Tensor y;          // [B, D]
  at::Tensor condition;  // [B, C], or undefined: no kind reads it yet
  at::Tensor label;      // [B] int64, or undefined: no kind reads it yet
};

// A potential without the numbers of its parameters. Immutable; any number of threads may call all methods at once.
class Potential {
 public:
  explicit Potential(int64_t dimension) : dimension_(dimension) {}
  virtual ~Potential() = default;
  Potential(const Potential&) = delete;
  Potential& operator=(const Potential&) = delete;

  // D, the components of y.
  int64_t dimension() const { return dimension_; }
  // The parameters' names in files, and their shapes, in one fixed order.
  virtual std::vector<std::string> names() const = 0;
  virtual std::vector<std::vector<int64_t>> shapes() const = 0;
  // The numbers that training starts from: a field near rest, a pure function of the seed.
  virtual Parameters Initialise(uint64_t seed) const = 0;
  // S: [B], as an autograd graph over whichever of parameters, tau and y want gradients, on their device. Row b depends
  // on row b of the input alone.
  virtual at::Tensor Value(const Parameters& parameters, const PotentialInput& input) const = 0;
  // This potential with products that read this precision while training; an equal potential if none of its products
  // does.
  virtual std::shared_ptr<const Potential> WithPrecision(TrainingSpec::Precision precision) const = 0;
  // Components of y that S may depend on and that never move, increasing, each in [0, D). The gradient that callers see
  // is 0 there (calculus.h). Default: none.
  virtual std::vector<int64_t> fixed_components() const { return {}; }

  // Parameters that share their numbers with one flat tensor [P].
  Parameters Views(const at::Tensor& flat) const;

 private:
  const int64_t dimension_;
};

}  // namespace actionmatch

#endif  // ACTIONMATCH_CORE_POTENTIAL_POTENTIAL_H_
