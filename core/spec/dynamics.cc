#include "core/spec/dynamics.h"

#include <cmath>

namespace actionmatch {

double Dynamics::Sigma(double tau) const { return sigma + (sigma_end.value_or(sigma) - sigma) * tau; }

double Dynamics::Variance(double tau) const {
  const double slope = sigma_end.value_or(sigma) - sigma;
  return tau * (sigma * sigma + tau * (sigma * slope + tau * slope * slope / 3));
}

double Dynamics::TimeWeight(double tau) const {
  double w = 0;
  for (size_t i = time_weight.size(); i-- > 0;) w = w * tau + time_weight[i];
  return w;
}

double Dynamics::TimeWeightSlope(double tau) const {
  double slope = 0;
  for (size_t i = time_weight.size(); i-- > 1;) slope = slope * tau + static_cast<double>(i) * time_weight[i];
  return slope;
}

Dynamics Dynamics::Standardised(double scale, double duration) const {
  Dynamics standardised = *this;
  const double unit = std::sqrt(duration) / scale;
  standardised.sigma *= unit;
  if (sigma_end.has_value()) standardised.sigma_end = *sigma_end * unit;
  return standardised;
}

}  // namespace actionmatch
