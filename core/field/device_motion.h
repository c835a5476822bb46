// A field as a motion (field_motion.h) whose steps LibTorch computes on a device, in tiles of many rows. Each tile has
// a fixed number of rows, padded, so that a point's answer does not depend on the other points. It may depend on the
// point's place in the tile, if the device's matrix products round the rows of a tile differently (some of OpenBLAS's
// kernels do). On CUDA all stages of a tile's step are one launch (repeated_work.h) between one transfer in and one
// out.

#ifndef ACTIONMATCH_CORE_FIELD_DEVICE_MOTION_H_
#define ACTIONMATCH_CORE_FIELD_DEVICE_MOTION_H_

#include <c10/core/Device.h>

#include "core/field/field.h"
#include "core/trajectory/integrate.h"

namespace actionmatch {

// `member` as in Field::EvaluateOptions. `field` must outlive the motion. Any number of threads may use this motion and
// others; all such motions of the process take turns.
Motion DeviceMotionOf(const Field& field, int member, at::Device device);

}  // namespace actionmatch

#endif  // ACTIONMATCH_CORE_FIELD_DEVICE_MOTION_H_
