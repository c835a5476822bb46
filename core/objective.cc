#include "core/objective.h"

#include <ATen/ATen.h>

#include <cmath>
#include <vector>

#include "core/calculus.h"

namespace actionmatch {
namespace {

// A view of the batch's numbers in the parameters' type. The batch must live as long as the graph.
at::Tensor View(const std::vector<float>& values, at::IntArrayRef shape, at::ScalarType type) {
  return at::from_blob(const_cast<float*>(values.data()), shape, at::kFloat).to(type);
}

// Numbers of our own: the graph outlives them, so it gets a copy.
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
  for (size_t i = 0; i < factors.size(); ++i) {
    const double noise = factors[i];
    if (conditional && !batch.bridge_variance.empty()) {
      factors[i] -= 0.5 * batch.bridge_variance[i];
      // A bridge of the dynamics' own noise: what is left is rounding.
      if (std::abs(factors[i]) <= 1e-4 * noise) factors[i] = 0;
    }
    any = any || factors[i] != 0;
  }
  if (!any) factors.clear();
  return factors;
}

LossTerms Loss(const Objective& objective, const Potential& potential, const Parameters& parameters,
               const PathBatch& batch, int64_t step) {
  const Dynamics& dynamics = objective.dynamics;
  const at::ScalarType type = parameters.tensors.front().scalar_type();
  const int64_t rows = batch.rows;
  const int64_t dimension = batch.dimension;
  const bool action = objective.form == TrainingSpec::Form::kAction;
  const std::vector<double> laplacian = LaplacianFactors(objective, batch);
  DerivativeMask mask;
  mask.gradient = true;
  mask.create_graph = true;
  mask.d_tau = action;
  mask.laplacian = !laplacian.empty();
  if (mask.laplacian && objective.laplacian_probes > 0) {
    mask.probes =
        Probes(objective.seed, static_cast<uint64_t>(step), 0, objective.laplacian_probes, rows, dimension, type);
  }
  const Derivatives s =
      Differentiate(potential, parameters, View(batch.tau, {rows}, type), View(batch.y, {rows, dimension}, type), mask);
  at::Tensor term = Energy(dynamics, s.gradient);
  if (mask.laplacian) term = term + Own(laplacian, type) * s.laplacian;
  if (dynamics.lambda > 0) term = term + (dynamics.lambda / 2) * s.value.square();
  if (action) {
    term = term + s.d_tau;
  } else {
    term = term - (s.gradient * View(batch.velocity, {rows, dimension}, type)).sum(1);
    if (dynamics.lambda > 0) term = term - View(batch.growth, {rows}, type) * s.value;
  }
  const bool weighted = dynamics.time_weight.size() > 1 || dynamics.time_weight.front() != 1;
  if (weighted) {
    const std::vector<double> w = OfTimes(batch, [&](double tau) { return dynamics.TimeWeight(tau); });
    term = Own(w, type) * term;
    if (action) {
      const std::vector<double> slope = OfTimes(batch, [&](double tau) { return dynamics.TimeWeightSlope(tau); });
      term = term + Own(slope, type) * s.value;
    }
  }
  if (dynamics.lambda > 0) term = term * View(batch.mass, {rows}, type);
  LossTerms terms;
  terms.interior = term.detach();
  terms.loss = (View(batch.weight, {rows}, type) * term).mean();
  if (!action) return terms;
  const at::Tensor ends =
      potential.Value(parameters, at::cat({at::zeros({rows}, type), at::ones({rows}, type)}),
                      at::cat({View(batch.start, {rows, dimension}, type), View(batch.end, {rows, dimension}, type)}));
  terms.loss = terms.loss + dynamics.TimeWeight(0) * batch.start_mass * ends.narrow(0, 0, rows).mean() -
               dynamics.TimeWeight(1) * batch.end_mass * ends.narrow(0, rows, rows).mean();
  return terms;
}

}  // namespace actionmatch
