// FieldRates: the factors that turn a potential's standardised answers into a field's answers in data units (field.h).
// Evaluation, motions on the host and on devices, and densities all take their factors from here.

#ifndef ACTIONMATCH_CORE_FIELD_FIELD_RATES_H_
#define ACTIONMATCH_CORE_FIELD_FIELD_RATES_H_

#include "core/field/field.h"

namespace actionmatch {

// The factors for one member's answers; `share` is what the member counts for: 1, or 1/M for the mean of M members.
struct FieldRates {
  FieldRates(const Field& field, double share)
      : value(share *
              field.dynamics().cost.PotentialScale(field.standardisation().scale, field.standardisation().duration)),
        time_derivative(value / field.standardisation().duration),
        velocity(share * field.standardisation().scale / field.standardisation().duration),
        growth(share * field.dynamics().lambda / field.standardisation().duration),
        divergence(share / field.standardisation().duration),
        laplacian(share / (field.dynamics().cost.scale * field.standardisation().duration)) {}

  const double value;            // of S
  const double time_derivative;  // of dS/dtau
  const double velocity;         // of grad c*(grad_y S)
  const double growth;           // of S
  const double divergence;       // of the divergence of grad c*(grad_y S) by y
  const double laplacian;        // of Lap S, which for the quadratic cost is that divergence up to the cost's scale
};

}  // namespace actionmatch

#endif  // ACTIONMATCH_CORE_FIELD_FIELD_RATES_H_
