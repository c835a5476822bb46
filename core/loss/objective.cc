#include "core/loss/objective.h"

#include <ATen/ATen.h>
#include <torch/csrc/autograd/autograd.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/potential/calculus.h"

namespace actionmatch {
namespace {

// A view of the batch's numbers in the parameters' type. The batch must live as long as the graph.
at::Tensor View(const std::vector<float>& values, at::IntArrayRef shape, at::ScalarType type) {
  return at::from_blob(const_cast<float*>(values.data()), shape, at::kFloat).to(type);
}

// A copy of numbers that the graph outlives.
template <typename T>
at::Tensor Own(const std::vector<T>& values, at::ScalarType type) {
  const at::TensorOptions options = c10::CppTypeToScalarType<T>::value;
  return at::from_blob(const_cast<T*>(values.data()), {static_cast<int64_t>(values.size())}, options).clone().to(type);
}

// f(tau) for each row.
template <typename Function>
std::vector<double> OfTimes(const PathBatch& batch, const Function& f) {
  std::vector<double> values;
  values.reserve(batch.tau.size());
  for (const float tau : batch.tau) values.push_back(f(tau));
  return values;
}

}  // namespace

std::vector<double> LaplacianFactors(const Objective& objective, const PathBatch& batch) {
  const Dynamics& dynamics = objective.dynamics;
  const bool conditional = objective.form == TrainingSpec::Form::kConditional;
  std::vector<double> factors = OfTimes(batch, [&](double tau) { return 0.5 * std::pow(dynamics.Sigma(tau), 2); });
  bool any = false;
  const double most = 0.5 * std::pow(std::max(dynamics.Sigma(0), dynamics.Sigma(1)), 2);
  for (size_t i = 0; i < factors.size(); ++i) {
    if (conditional && !batch.bridge_variance.empty()) {
      factors[i] -= 0.5 * batch.bridge_variance[i];
      // With a bridge of the dynamics' own noise, the rest is rounding, of times too, and so relative to the most
      // noise.
      if (std::abs(factors[i]) <= 1e-4 * most) factors[i] = 0;
    }
    any = any || factors[i] != 0;
  }
  if (!any) factors.clear();
  return factors;
}

std::vector<at::Tensor*> LossInputs::All() {
  return {&tau,       &y,      &velocity,    &loss_factor, &mass, &growth,
          &laplacian, &probes, &time_weight, &time_slope,  &ends, &ends_factors};
}

LossInputs InputsOf(const Objective& objective, const PathBatch& batch, int64_t step, at::ScalarType type) {
  const Dynamics& dynamics = objective.dynamics;
  const int64_t rows = batch.rows;
  const int64_t dimension = batch.dimension;
  const bool action = objective.form == TrainingSpec::Form::kAction;
  LossInputs inputs;
  inputs.tau = View(batch.tau, {rows}, type);
  inputs.y = View(batch.y, {rows, dimension}, type);
  inputs.loss_factor = View(batch.loss_factor, {rows}, type);
  const std::vector<double> laplacian = LaplacianFactors(objective, batch);
  if (!laplacian.empty()) {
    inputs.laplacian = Own(laplacian, type);
    if (objective.laplacian_probes > 0) {
      inputs.probes =
          Probes(objective.seed, static_cast<uint64_t>(step), 0, objective.laplacian_probes, rows, dimension, type);
    }
  }
  if (dynamics.lambda > 0) {
    inputs.mass = View(batch.mass, {rows}, type);
    if (!action) inputs.growth = View(batch.growth, {rows}, type);
  }
  if (dynamics.time_weight.size() > 1 || dynamics.time_weight.front() != 1) {
    inputs.time_weight = Own(OfTimes(batch, [&](double tau) { return dynamics.TimeWeight(tau); }), type);
    if (action)
      inputs.time_slope = Own(OfTimes(batch, [&](double tau) { return dynamics.TimeWeightSlope(tau); }), type);
  }
  if (action) {
    inputs.ends = at::cat({View(batch.start, {rows, dimension}, type), View(batch.end, {rows, dimension}, type)});
    inputs.ends_factors = Own(
        std::vector<double>{dynamics.TimeWeight(0) * batch.start_mass, dynamics.TimeWeight(1) * batch.end_mass}, type);
  } else {
    inputs.velocity = View(batch.velocity, {rows, dimension}, type);
  }
  return inputs;
}

LossTerms Loss(const Objective& objective, const Potential& potential, const Parameters& parameters,
               const LossInputs& inputs) {
  const Dynamics& dynamics = objective.dynamics;
  const int64_t rows = inputs.y.size(0);
  const bool action = objective.form == TrainingSpec::Form::kAction;
  DerivativeMask mask;
  mask.gradient = true;
  mask.create_graph = true;
  mask.d_tau = action;
  mask.laplacian = inputs.laplacian.defined();
  mask.probes = inputs.probes;
  const Derivatives s = Differentiate(potential, parameters, {inputs.tau, inputs.y, {}, {}}, mask);
  at::Tensor term = Energy(dynamics, s.gradient);
  if (mask.laplacian) term = term + inputs.laplacian * s.laplacian;
  if (dynamics.lambda > 0) term = term + (dynamics.lambda / 2) * s.value.square();
  if (action) {
    term = term + s.d_tau;
  } else {
    term = term - (s.gradient * inputs.velocity).sum(1);
    if (dynamics.lambda > 0) term = term - inputs.growth * s.value;
  }
  if (inputs.time_weight.defined()) {
    term = inputs.time_weight * term;
    if (action) term = term + inputs.time_slope * s.value;
  }
  if (dynamics.lambda > 0) term = term * inputs.mass;
  LossTerms terms;
  terms.interior = term.detach();
  terms.loss = (inputs.loss_factor * term).mean();
  if (!action) return terms;
  const at::TensorOptions options = inputs.y.options();
  const at::Tensor end_times = at::cat({at::zeros({rows}, options), at::ones({rows}, options)});
  const at::Tensor ends = potential.Value(parameters, {end_times, inputs.ends, {}, {}});
  terms.loss = terms.loss + inputs.ends_factors.select(0, 0) * ends.narrow(0, 0, rows).mean() -
               inputs.ends_factors.select(0, 1) * ends.narrow(0, rows, rows).mean();
  return terms;
}

LossTerms Loss(const Objective& objective, const Potential& potential, const Parameters& parameters,
               const PathBatch& batch, int64_t step) {
  return Loss(objective, potential, parameters,
              InputsOf(objective, batch, step, parameters.tensors.front().scalar_type()));
}

at::Tensor FlatGradient(const at::Tensor& loss, const Parameters& parameters) {
  auto parts = torch::autograd::grad({loss}, parameters.tensors, {}, false, false, /*allow_unused=*/true);
  for (size_t i = 0; i < parts.size(); ++i) {
    // A bias that shifts the potential by a constant has no gradient in the conditional form.
    parts[i] = (parts[i].defined() ? parts[i] : at::zeros_like(parameters.tensors[i])).detach().reshape({-1});
  }
  return at::cat(parts);
}

}  // namespace actionmatch
