// FieldRates: what turns a potential's standardised answers into a field's, in data units. The one place that knows how
// both go together (field.h): evaluation, motions on the host and on devices, and densities take their factors from
// here.

#ifndef ACTIONMATCH_CORE_FIELD_FIELD_RATES_H_
#define ACTIONMATCH_CORE_FIELD_FIELD_RATES_H_

#include "core/field/field.h"

namespace actionmatch {

// Factors of one member's answers; `share` is what the member counts for: 1, or 1/M for the mean of M members.
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
  const double laplacian;        // of Lap S, which is that divergence for the quadratic cost, but for the cost's scale
};

}  // namespace actionmatch

#endif  // ACTIONMATCH_CORE_FIELD_FIELD_RATES_H_
