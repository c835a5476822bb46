#include "core/loss/loss_tile.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "core/potential/calculus.h"

namespace actionmatch {

template <typename T>
LossTile<T>::LossTile(const LossTileShape<T>& shape, int64_t rows)
    : objective_(shape.objective),
      ends_(shape.potential),
      action_(shape.objective.form == TrainingSpec::Form::kAction),
      n_(rows),
      d_(shape.potential.dimension()),
      in_(ends_.inputs()),
      out_(ends_.outputs()),
      probes_(shape.probes),
      batch_rows_(static_cast<double>(shape.batch_rows)),
      network_(shape.weights, {rows, action_ ? 2 * rows : 0, shape.probes, true}) {
  const auto n = static_cast<size_t>(n_);
  const auto d = static_cast<size_t>(d_);
  y_.resize((action_ ? 3 : 1) * n * d);
  u_.resize(n * d);
  g_.resize(n);
  f_.resize(n);
  e_.resize(static_cast<size_t>(probes_) * n * d);
  p_.resize(d);
  if (probes_ > 0 && objective_.laplacian_probes == 0) UnitDirections(n_, d_, e_.data());
  rho_.resize(n);
  along_.resize(n);
  term_.resize(n);
}

template <typename T>
double LossTile<T>::Run(const LossTileRows& rows, bool accumulate, T* gradient, float* interior) {
  Fill(rows);
  network_.Forward();
  for (int64_t i = 0; i < n_; ++i) {
    ends_.Cotangent(1, network_.output() + i * out_, &y_[i * d_], network_.interior_cotangent() + i * out_);
  }
  network_.Backward();
  SetDirections(rows);
  if (probes_ > 0) SetProbes(rows);
  network_.Tangent(g_.data());
  SetCotangents(rows);
  network_.Reverse(g_.data(), accumulate, gradient);
  return Sum(rows, interior);
}

// Fills in the interior rows, then the rows of both ends.
template <typename T>
void LossTile<T>::Fill(const LossTileRows& rows) {
  const auto copy = [&](const std::vector<float>& from, int64_t to) {
    std::copy_n(from.begin() + rows.first * d_, n_ * d_, y_.begin() + to * d_);
  };
  copy(rows.batch.y, 0);
  if (action_) {
    copy(rows.batch.start, n_);
    copy(rows.batch.end, 2 * n_);
  }
  for (int64_t i = 0; i < (action_ ? 3 : 1) * n_; ++i) {
    const T tau = i < n_ ? static_cast<T>(rows.batch.tau[rows.first + i]) : static_cast<T>(i < 2 * n_ ? 0 : 1);
    ends_.Input(tau, &y_[i * d_], network_.input() + i * in_);
  }
}

template <typename T>
void LossTile<T>::SetDirections(const LossTileRows& rows) {
  const Dynamics& dynamics = objective_.dynamics;
  const PathBatch& batch = rows.batch;
  const bool grows = dynamics.lambda > 0;
  for (int64_t i = 0; i < n_; ++i) {
    const int64_t row = rows.first + i;
    const T* output = network_.output() + i * out_;
    const T* y = &y_[i * d_];
    T* u = &u_[i * d_];
    const double tau = batch.tau[row];
    const double w = dynamics.TimeWeight(tau);
    const double slope = action_ ? dynamics.TimeWeightSlope(tau) : 0;
    const double mass = grows ? batch.mass[row] : 1;
    const double share = batch.loss_factor[row] * mass / batch_rows_;
    const double rho = share * w;
    const double growth = grows && !action_ ? batch.growth[row] : 0;
    const T* input_gradient = network_.input_gradient() + i * in_;
    ends_.Gradient(input_gradient, output, y, p_.data());
    double squares = 0;
    for (const T p : p_) squares += static_cast<double>(p) * p;
    const double factor = dynamics.cost.VelocityFactor(squares);
    double drift = 0;  // p . y'
    double along = 0;
    for (int64_t j = 0; j < d_; ++j) {
      const double curve = action_ ? 0 : batch.velocity[row * d_ + j];
      drift += curve * p_[j];
      u[j] = static_cast<T>(rho * (factor * p_[j] - curve));
      along += static_cast<double>(u[j]) * p_[j];
    }
    const double d_tau = action_ ? ends_.TimeDerivative(static_cast<T>(tau), input_gradient) : 0;
    const double s = ends_.Value(output, y);
    rho_[i] = rho;
    along_[i] = along + (action_ ? rho * d_tau : 0);
    f_[i] = static_cast<T>(share * (w * (dynamics.lambda * s - growth) + slope));
    term_[i] = mass * (w * (dynamics.cost.Energy(squares) + d_tau - drift + dynamics.lambda / 2 * s * s - growth * s) +
                       slope * s);
    ends_.InputTangent(static_cast<T>(tau), action_ ? static_cast<T>(rho) : T{0}, u,
                       network_.tangent_input() + i * in_);
  }
}

template <typename T>
void LossTile<T>::SetProbes(const LossTileRows& rows) {
  const int random = objective_.laplacian_probes;
  if (random > 0) {
    const at::Tensor signs = Probes(objective_.seed, static_cast<uint64_t>(rows.step), rows.first, probes_, n_, d_,
                                    c10::CppTypeToScalarType<T>::value);
    std::copy_n(signs.data_ptr<T>(), e_.size(), e_.begin());
  }
  for (int64_t i = 0; i < n_; ++i) {
    g_[i] = static_cast<T>(rho_[i] * rows.laplacian[rows.first + i] / (random > 0 ? random : 1));
  }
  for (int64_t i = 0; i < probes_ * n_; ++i) {
    ends_.InputTangent(0, 0, &e_[i * d_], network_.probe_input() + i * in_);
  }
}

template <typename T>
void LossTile<T>::SetCotangents(const LossTileRows& rows) {
  const T* output = network_.output();
  for (int64_t i = 0; i < n_; ++i) {
    const T* y = &y_[i * d_];
    const T* u = &u_[i * d_];
    const T* tangent = network_.tangent_output() + i * out_;
    ends_.AlongCotangent(f_[i], tangent, u, output + i * out_, y, network_.output_cotangent() + i * out_);
    if (probes_ == 0) continue;
    double all = ends_.Along(tangent, u, output + i * out_, y);
    for (int64_t e = 0; e < probes_; ++e) {
      const int64_t at = e * n_ + i;
      const T* probe = network_.probe_output() + at * out_;
      all += g_[i] * ends_.CurvatureTerm(probe, &e_[at * d_]);
      ends_.CurvatureCotangent(g_[i], probe, &e_[at * d_], network_.probe_cotangent() + at * out_);
    }
    // The tangent is grad S . u + g sum_e e . Hessian e; the first part is already in the term.
    if (rho_[i] > 0) {
      const double mass_weight = rho_[i] / rows.batch.loss_factor[rows.first + i] * batch_rows_;
      term_[i] += (all - along_[i]) / rho_[i] * mass_weight;
    }
  }
  if (!action_) return;
  const Dynamics& dynamics = objective_.dynamics;
  const double start = dynamics.TimeWeight(0) * rows.batch.start_mass / batch_rows_;
  const double end = -dynamics.TimeWeight(1) * rows.batch.end_mass / batch_rows_;
  ends_loss_ = 0;
  for (int64_t i = n_; i < 3 * n_; ++i) {
    const double factor = i < 2 * n_ ? start : end;
    ends_loss_ += factor * ends_.Value(output + i * out_, &y_[i * d_]);
    ends_.Cotangent(static_cast<T>(factor), output + i * out_, &y_[i * d_], network_.output_cotangent() + i * out_);
  }
}

template <typename T>
double LossTile<T>::Sum(const LossTileRows& rows, float* interior) {
  double loss = ends_loss_;
  for (int64_t i = 0; i < n_; ++i) {
    loss += rows.batch.loss_factor[rows.first + i] * term_[i] / batch_rows_;
    if (interior != nullptr) interior[rows.first + i] = static_cast<float>(term_[i]);
  }
  return loss;
}

template class LossTile<float>;
template class LossTile<double>;

}  // namespace actionmatch
