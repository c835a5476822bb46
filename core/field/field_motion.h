// A field as a motion to integrate along (integrate.h): velocity and growth, without an autograd graph and without
// allocation, from any number of threads at once.

#ifndef ACTIONMATCH_CORE_FIELD_FIELD_MOTION_H_
#define ACTIONMATCH_CORE_FIELD_FIELD_MOTION_H_

#include "core/field/field.h"
#include "core/trajectory/integrate.h"

namespace actionmatch {

// `member` as in Field::EvaluateOptions. `field` must outlive the motion.
Motion MotionOf(const Field& field, int member);

// As MotionOf, but without noise, and with div v - lambda s in place of growth: the change of log mu against time run
// backwards (density.h). For fields with quadratic cost. probes: 0 for the exact divergence.
Motion DensityMotionOf(const Field& field, int member, int probes, uint64_t seed);

}  // namespace actionmatch

#endif  // ACTIONMATCH_CORE_FIELD_FIELD_MOTION_H_
