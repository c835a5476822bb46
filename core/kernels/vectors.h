// Vectors: the numbers that one register holds, for the kernels of one instruction set (kernels.h).

#ifndef ACTIONMATCH_CORE_KERNELS_VECTORS_H_
#define ACTIONMATCH_CORE_KERNELS_VECTORS_H_

#include <cstdint>

#if defined(__AVX512F__) || defined(__FMA__)
#include <immintrin.h>
#endif

namespace actionmatch {
namespace ACTIONMATCH_KERNELS {

#if defined(__AVX512F__)
constexpr int kVectorBytes = 64;
#elif defined(__AVX2__)
constexpr int kVectorBytes = 32;
#else
constexpr int kVectorBytes = 16;
#endif

// a b + sum, rounded once if there are instructions for it. Compilers may contract a sum of two products either way,
// and would do so differently in copies of one loop.
#if defined(__AVX512F__)
inline __m512 Splat(float x) { return _mm512_set1_ps(x); }
inline __m512d Splat(double x) { return _mm512_set1_pd(x); }
inline __m512 MulAdd(__m512 a, __m512 b, __m512 sum) { return _mm512_fmadd_ps(a, b, sum); }
inline __m512d MulAdd(__m512d a, __m512d b, __m512d sum) { return _mm512_fmadd_pd(a, b, sum); }
#elif defined(__AVX2__) && defined(__FMA__)
inline __m256 Splat(float x) { return _mm256_set1_ps(x); }
inline __m256d Splat(double x) { return _mm256_set1_pd(x); }
inline __m256 MulAdd(__m256 a, __m256 b, __m256 sum) { return _mm256_fmadd_ps(a, b, sum); }
inline __m256d MulAdd(__m256d a, __m256d b, __m256d sum) { return _mm256_fmadd_pd(a, b, sum); }
#else
template <typename X>
inline X Splat(X x) {
  return x;
}
template <typename A, typename V>
inline V MulAdd(A a, V b, V sum) {
  return a * b + sum;
}
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

#endif  // ACTIONMATCH_CORE_KERNELS_VECTORS_H_
