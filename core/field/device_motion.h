// A field as a motion (field_motion.h) whose steps are computed by LibTorch on a device: many rows at once, in tiles
// of a fixed number of rows, padded, so that a point's answer does not depend on the others: only, where the device's
// matrix products round a tile's rows differently, on its place in the tile (some of OpenBLAS's kernels do). On CUDA
// all stages of a tile's step are one launch (cuda_graph.h) between one transfer in and one out.

#ifndef ACTIONMATCH_CORE_FIELD_DEVICE_MOTION_H_
#define ACTIONMATCH_CORE_FIELD_DEVICE_MOTION_H_

#include <c10/core/Device.h>

#include "core/field/field.h"
#include "core/trajectory/integrate.h"

namespace actionmatch {

// `member` as Field::EvaluateOptions has it. `field` must outlive the motion. Any number of threads may use it and
// others; all such motions of the process take turns.
Motion DeviceMotionOf(const Field& field, int member, at::Device device);

}  // namespace actionmatch

#endif  // ACTIONMATCH_CORE_FIELD_DEVICE_MOTION_H_
