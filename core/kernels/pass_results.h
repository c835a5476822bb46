// The places where passes.cc and activations.cc put the numbers that a matrix product reads next: in place, or rounded
// to bfloat16. Only these two files may include this header: everything here is compiled once for each instruction set,
// in a namespace of its own.

#ifndef ACTIONMATCH_CORE_KERNELS_PASS_RESULTS_H_
#define ACTIONMATCH_CORE_KERNELS_PASS_RESULTS_H_

#include "core/kernels/kernels.h"

namespace actionmatch {
namespace ACTIONMATCH_KERNELS {

// Rounds to even. A NaN, as processors make it, stays NaN.
inline Bfloat16 ToBfloat16(float x) {
  const auto bits = __builtin_bit_cast(uint32_t, x);
  return static_cast<Bfloat16>((bits + 0x7FFF + (bits >> 16 & 1)) >> 16);
}

template <typename T>
struct InPlace {
  inline void Set(T* x, int64_t i, T value) const { x[i] = value; }
  inline void Advance(int64_t) {}
};

template <typename T>
struct Rounded {
  inline void Set(T*, int64_t i, T value) const { to[i] = ToBfloat16(static_cast<float>(value)); }
  inline void Advance(int64_t width) { to += width; }
  Bfloat16* to;
};

}  // namespace ACTIONMATCH_KERNELS
}  // namespace actionmatch

#endif  // ACTIONMATCH_CORE_KERNELS_PASS_RESULTS_H_
