// A field as a motion to integrate along (integrate.h): velocity and growth, without an autograd graph and without
// allocation, from any number of threads at once.

#ifndef ACTIONMATCH_CORE_FIELD_FIELD_MOTION_H_
#define ACTIONMATCH_CORE_FIELD_FIELD_MOTION_H_

#include "core/field/field.h"
#include "core/trajectory/integrate.h"

namespace actionmatch {

// `member` as Field::EvaluateOptions has it. `field` must outlive the motion.
Motion MotionOf(const Field& field, int member);

// The same without noise; what rides along as growth is div v - lambda s, the change of log mu against time run
// backwards (density.h), of a field with quadratic cost. probes: 0 for the exact divergence.
Motion DensityMotionOf(const Field& field, int member, int probes, uint64_t seed);

}  // namespace actionmatch

#endif  // ACTIONMATCH_CORE_FIELD_FIELD_MOTION_H_
