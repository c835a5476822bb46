// Vectors of numbers for the kernels of one instruction set (elementwise.h): what a register holds.

#ifndef ACTIONMATCH_CORE_KERNEL_VECTORS_H_
#define ACTIONMATCH_CORE_KERNEL_VECTORS_H_

#include <cstdint>

namespace actionmatch {
namespace ACTIONMATCH_KERNELS {

#if defined(__AVX512F__)
constexpr int kVectorBytes = 64;
#elif defined(__AVX2__)
constexpr int kVectorBytes = 32;
#else
constexpr int kVectorBytes = 16;
#endif

template <typename T>
struct Vectors {
  typedef T Vector __attribute__((vector_size(kVectorBytes), aligned(alignof(T)), may_alias));
  static constexpr int kLanes = kVectorBytes / static_cast<int>(sizeof(T));

  static inline Vector Load(const T* from) { return *reinterpret_cast<const Vector*>(from); }
  static inline void Store(Vector v, T* to) { *reinterpret_cast<Vector*>(to) = v; }
  // The first `count` numbers, then zeros.
  static inline Vector LoadSome(const T* from, int64_t count) {
    T lanes[kLanes] = {};
    for (int64_t i = 0; i < count; ++i) lanes[i] = from[i];
    return Load(lanes);
  }
  static inline T Sum(Vector v) {
    T lanes[kLanes];
    Store(v, lanes);
    for (int half = kLanes / 2; half > 0; half /= 2) {
#pragma omp simd
      for (int i = 0; i < half; ++i) lanes[i] += lanes[i + half];
    }
    return lanes[0];
  }
};

}  // namespace ACTIONMATCH_KERNELS
}  // namespace actionmatch

#endif  // ACTIONMATCH_CORE_KERNEL_VECTORS_H_
