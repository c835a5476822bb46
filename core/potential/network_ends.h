// NetworkEnds: one row's way into a network and out of it (perceptron.h), with derivatives for the passes of
// fused_network.h. x = (tau, sin 2 pi k tau, cos 2 pi k tau, ..., y) goes in, N comes out, and the head makes S of N
// and y.

#ifndef ACTIONMATCH_CORE_POTENTIAL_NETWORK_ENDS_H_
#define ACTIONMATCH_CORE_POTENTIAL_NETWORK_ENDS_H_

#include <cmath>
#include <cstdint>

#include "core/potential/perceptron.h"

namespace actionmatch {

// T: float or double. Immutable.
template <typename T>
class NetworkEnds {
 public:
  explicit NetworkEnds(const Perceptron& potential)
      : head_(potential.spec().head),
        features_(potential.spec().time_features),
        d_(potential.dimension()),
        inputs_(potential.spec().Inputs(d_)),
        outputs_(potential.spec().Outputs(d_)) {}

  int64_t inputs() const { return inputs_; }
  int64_t outputs() const { return outputs_; }

  // Sets x [inputs] from tau and y.
  void Input(T tau, const T* y, T* x) const {
    *x++ = tau;
    for (int k = 1; k <= features_; ++k) {
      *x++ = std::sin(Angle(k, tau));
      *x++ = std::cos(Angle(k, tau));
    }
    for (int64_t j = 0; j < d_; ++j) x[j] = y[j];
  }
  // Sets dx, the derivative of x along (u_tau, u_y).
  void InputTangent(T tau, T u_tau, const T* u_y, T* dx) const {
    *dx++ = u_tau;
    for (int k = 1; k <= features_; ++k) {
      *dx++ = u_tau * kTwoPi * k * std::cos(Angle(k, tau));
      *dx++ = -u_tau * kTwoPi * k * std::sin(Angle(k, tau));
    }
    for (int64_t j = 0; j < d_; ++j) dx[j] = u_y[j];
  }
  // dS/dtau, from dS/dx.
  T TimeDerivative(T tau, const T* x_gradient) const {
    T sum = x_gradient[0];
    for (int k = 1; k <= features_; ++k) {
      sum += kTwoPi * k *
             (std::cos(Angle(k, tau)) * x_gradient[2 * int64_t{k} - 1] -
              std::sin(Angle(k, tau)) * x_gradient[2 * int64_t{k}]);
    }
    return sum;
  }

  T Value(const T* n, const T* y) const {
    T sum = 0;
    switch (head_) {
      case PotentialSpec::Head::kValue:
        return n[0];
      case PotentialSpec::Head::kInnerProduct:
        for (int64_t j = 0; j < d_; ++j) sum += n[j] * y[j];
        return sum + n[d_];
      case PotentialSpec::Head::kQuadratic:
        for (int64_t j = 0; j < d_; ++j) sum += (y[j] - n[j]) * (y[j] - n[j]);
        return sum / 2;
    }
    return sum;
  }
  // c = factor dS/dN.
  void Cotangent(T factor, const T* n, const T* y, T* c) const {
    switch (head_) {
      case PotentialSpec::Head::kValue:
        c[0] = factor;
        return;
      case PotentialSpec::Head::kInnerProduct:
        for (int64_t j = 0; j < d_; ++j) c[j] = factor * y[j];
        c[d_] = factor;
        return;
      case PotentialSpec::Head::kQuadratic:
        for (int64_t j = 0; j < d_; ++j) c[j] = factor * (n[j] - y[j]);
        return;
    }
  }
  // p = grad_y S, from dS/dx of the way through the network.
  void Gradient(const T* x_gradient, const T* n, const T* y, T* p) const {
    const T* through = x_gradient + inputs() - d_;
    for (int64_t j = 0; j < d_; ++j) {
      p[j] = through[j];
      if (head_ == PotentialSpec::Head::kInnerProduct) p[j] += n[j];
      if (head_ == PotentialSpec::Head::kQuadratic) p[j] += y[j] - n[j];
    }
  }

  // The derivative of S along a tangent whose y part is u; dn is the network's own tangent. If the tangents are
  // second-order, add CurvatureTerm for each probe.
  T Along(const T* dn, const T* u, const T* n, const T* y) const {
    T sum = 0;
    switch (head_) {
      case PotentialSpec::Head::kValue:
        return dn[0];
      case PotentialSpec::Head::kInnerProduct:
        for (int64_t j = 0; j < d_; ++j) sum += dn[j] * y[j] + n[j] * u[j];
        return sum + dn[d_];
      case PotentialSpec::Head::kQuadratic:
        for (int64_t j = 0; j < d_; ++j) sum += (n[j] - y[j]) * (dn[j] - u[j]);
        return sum;
    }
    return sum;
  }
  // The part of e . Hessian e that `dn` of Along does not contain; en is the network's tangent along e.
  T CurvatureTerm(const T* en, const T* e) const {
    T sum = 0;
    for (int64_t j = 0; j < d_; ++j) {
      if (head_ == PotentialSpec::Head::kInnerProduct) sum += 2 * en[j] * e[j];
      if (head_ == PotentialSpec::Head::kQuadratic) sum += (e[j] - en[j]) * (e[j] - en[j]);
    }
    return sum;
  }
  // r = d/dN of Along, plus `value_factor` dS/dN.
  void AlongCotangent(T value_factor, const T* dn, const T* u, const T* n, const T* y, T* r) const {
    Cotangent(value_factor, n, y, r);
    if (head_ == PotentialSpec::Head::kValue) return;
    for (int64_t j = 0; j < d_; ++j) r[j] += head_ == PotentialSpec::Head::kQuadratic ? dn[j] - u[j] : u[j];
  }
  // factor d/d(en) of CurvatureTerm.
  void CurvatureCotangent(T factor, const T* en, const T* e, T* r) const {
    for (int64_t j = 0; j < outputs(); ++j) r[j] = 0;
    if (head_ == PotentialSpec::Head::kValue) return;
    for (int64_t j = 0; j < d_; ++j) {
      r[j] = 2 * factor * (head_ == PotentialSpec::Head::kQuadratic ? en[j] - e[j] : e[j]);
    }
  }

 private:
  static constexpr T kTwoPi = static_cast<T>(6.283185307179586);
  static T Angle(int k, T tau) { return kTwoPi * static_cast<T>(k) * tau; }

  const PotentialSpec::Head head_;
  const int features_;
  const int64_t d_;
  const int64_t inputs_;
  const int64_t outputs_;
};

}  // namespace actionmatch

#endif  // ACTIONMATCH_CORE_POTENTIAL_NETWORK_ENDS_H_
