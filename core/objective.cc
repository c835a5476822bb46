#include "core/objective.h"

#include <ATen/ATen.h>

#include "core/calculus.h"

namespace actionmatch {
namespace {

// A view of the batch's numbers in the parameters' type; it lives as long as the batch.
at::Tensor View(const std::vector<float>& values, at::IntArrayRef shape, at::ScalarType type) {
  return at::from_blob(const_cast<float*>(values.data()), shape, at::kFloat).to(type);
}

}  // namespace

at::Tensor Loss(TrainingSpec::Form form, const Potential& potential, const Parameters& parameters,
                const PathBatch& batch) {
  const at::ScalarType type = parameters.tensors.front().scalar_type();
  const int64_t rows = batch.rows;
  const int64_t dimension = batch.dimension;
  const at::Tensor y = View(batch.y, {rows, dimension}, type);
  const at::Tensor tau = View(batch.tau, {rows}, type);
  const at::Tensor weight = View(batch.weight, {rows}, type);
  DerivativeMask mask;
  mask.gradient = true;
  mask.create_graph = true;
  mask.d_tau = form == TrainingSpec::Form::kAction;
  const Derivatives s = Differentiate(potential, parameters, tau, y, mask);
  const at::Tensor energy = 0.5 * s.gradient.square().sum(1);
  if (form == TrainingSpec::Form::kConditional) {
    const at::Tensor velocity = View(batch.velocity, {rows, dimension}, type);
    return (weight * (energy - (s.gradient * velocity).sum(1))).mean();
  }
  const at::Tensor start = View(batch.start, {rows, dimension}, type);
  const at::Tensor end = View(batch.end, {rows, dimension}, type);
  const at::Tensor times = at::cat({at::zeros({rows}, type), at::ones({rows}, type)});
  const at::Tensor ends = potential.Value(parameters, times, at::cat({start, end}));
  return ends.narrow(0, 0, rows).mean() - ends.narrow(0, rows, rows).mean() + (weight * (s.d_tau + energy)).mean();
}

}  // namespace actionmatch
