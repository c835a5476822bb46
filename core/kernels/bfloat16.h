// Bfloat16: the upper half of a float32, rounded to even; 8 bits of mantissa, 2^-9 relative error at most. Only for
// storage: all sums are float32.

#ifndef ACTIONMATCH_CORE_KERNELS_BFLOAT16_H_
#define ACTIONMATCH_CORE_KERNELS_BFLOAT16_H_

#include <cstdint>

namespace actionmatch {

enum class Bfloat16 : uint16_t {};

}  // namespace actionmatch

#endif  // ACTIONMATCH_CORE_KERNELS_BFLOAT16_H_
