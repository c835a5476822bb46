// Cost: the kinetic energy of a moving point, c(v) = a |v|^r / r, and its convex conjugate c*(p) = a^(1-q) |p|^q / q, q
// = r/(r-1). The gradient of c* at p is the velocity of a point at which the potential has the gradient p. This file
// alone has the formulas: for numbers, and for tensors of any library. Both give equal values up to the order of their
// roundings.

#ifndef ACTIONMATCH_CORE_SPEC_COST_H_
#define ACTIONMATCH_CORE_SPEC_COST_H_

#include <algorithm>
#include <cmath>

namespace actionmatch {

// grad c*(p) = a^(1-q) |p|^(q-2) p. If q < 2, its derivative has a pole at 0: powers keep |p| above this.
inline constexpr double kMinNorm = 1e-6;

struct Cost {
  double power = 2;  // r: 1.1..10
  double scale = 1;  // a: 1e-6..1e6

  double ConjugatePower() const { return power / (power - 1); }
  bool IsQuadratic() const { return power == 2; }

  // For squares = |p|^2: grad c*(p) = VelocityFactor p, and c*(p) = Energy.
  double VelocityFactor(double squares) const {
    return IsQuadratic() ? 1 / scale : LengthPower<Numbers>(squares) * Coefficient();
  }
  double Energy(double squares) const { return squares * VelocityFactor(squares) / ConjugatePower(); }

  // As above, for tensors: grad c*(p) [B, D] and c*(p) [B] from p [B, D]. Operations has
  //   SquareSums(p, keep)   [B], or [B, 1] to keep the dimension
  //   AtLeast(x, least), Power(x, exponent)
  // and tensors multiply with each other, and multiply and divide by numbers. Constants are multiplied first: each
  // product with a tensor is a pass over it.
  template <typename Operations, typename Tensor>
  Tensor Velocity(const Tensor& p) const {
    if (IsQuadratic()) return scale == 1 ? p : p / scale;
    return p * (LengthPower<Operations>(Operations::SquareSums(p, true)) * Coefficient());
  }
  template <typename Operations, typename Tensor>
  Tensor Energy(const Tensor& p) const {
    const Tensor squares = Operations::SquareSums(p, false);
    if (IsQuadratic()) return squares * (0.5 / scale);
    return squares * LengthPower<Operations>(squares) * (Coefficient() / ConjugatePower());
  }

  // The factor of potentials that makes grad c* agree in both units: s = PotentialScale S, (c^q / T)^(1/(q-1)) for
  // length unit c and time unit T; c^2/T for q = 2.
  double PotentialScale(double length, double duration) const {
    const double q = ConjugatePower();
    return std::pow(std::pow(length, q) / duration, 1 / (q - 1));
  }

 private:
  struct Numbers {
    static double AtLeast(double x, double least) { return std::max(x, least); }
    static double Power(double x, double exponent) { return std::pow(x, exponent); }
  };

  // a^(1-q)
  double Coefficient() const { return std::pow(scale, 1 - ConjugatePower()); }
  // |p|^(q-2)
  template <typename Operations, typename T>
  T LengthPower(const T& squares) const {
    return Operations::Power(Operations::AtLeast(squares, kMinNorm * kMinNorm), ConjugatePower() / 2 - 1);
  }
};

}  // namespace actionmatch

#endif  // ACTIONMATCH_CORE_SPEC_COST_H_
