// Products with a matrix of few columns (elementwise.h) for one instruction set, as elementwise_kernels.cc. Libraries
// pad such matrices to whole vectors of columns; here a vector runs along the sum.

#include "core/elementwise.h"

namespace actionmatch {
namespace ACTIONMATCH_KERNELS {
namespace {

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
  // The first `count` numbers, then zeros.
  static inline Vector LoadSome(const T* from, int64_t count) {
    T lanes[kLanes] = {};
    for (int64_t i = 0; i < count; ++i) lanes[i] = from[i];
    return Load(lanes);
  }
  static inline T Sum(Vector v) {
    T lanes[kLanes];
    *reinterpret_cast<Vector*>(lanes) = v;
    for (int half = kLanes / 2; half > 0; half /= 2) {
#pragma omp simd
      for (int i = 0; i < half; ++i) lanes[i] += lanes[i + half];
    }
    return lanes[0];
  }
};

// Some rows of out [rows, columns].
template <int rows, int columns, typename T>
inline void Block(int64_t k, const T* a, const T* b, T* out) {
  using V = Vectors<T>;
  typename V::Vector sums[rows][columns] = {};
  const auto add = [&](int64_t l, auto load) {
    typename V::Vector x[rows];
    for (int i = 0; i < rows; ++i) x[i] = load(a + i * k + l);
    for (int j = 0; j < columns; ++j) {
      const typename V::Vector y = load(b + j * k + l);
      for (int i = 0; i < rows; ++i) sums[i][j] += x[i] * y;
    }
  };
  int64_t l = 0;
  for (; l + V::kLanes <= k; l += V::kLanes) add(l, [](const T* from) { return V::Load(from); });
  if (l < k) add(l, [rest = k - l](const T* from) { return V::LoadSome(from, rest); });
  for (int i = 0; i < rows; ++i) {
    for (int j = 0; j < columns; ++j) out[i * columns + j] = V::Sum(sums[i][j]);
  }
}

template <int columns, typename T>
void Rows(int64_t rows, int64_t k, const T* a, const T* b, T* out) {
  constexpr int kRows = columns > 4 ? 2 : 4;
  int64_t i = 0;
  for (; i + kRows <= rows; i += kRows) Block<kRows, columns>(k, a + i * k, b, out + i * columns);
  for (; i < rows; ++i) Block<1, columns>(k, a + i * k, b, out + i * columns);
}

}  // namespace

template <typename T>
void Narrow(int64_t rows, int columns, int64_t k, const T* a, const T* b, T* out) {
  static_assert(kMostNarrowColumns == 7);
  switch (columns) {
    case 1:
      return Rows<1>(rows, k, a, b, out);
    case 2:
      return Rows<2>(rows, k, a, b, out);
    case 3:
      return Rows<3>(rows, k, a, b, out);
    case 4:
      return Rows<4>(rows, k, a, b, out);
    case 5:
      return Rows<5>(rows, k, a, b, out);
    case 6:
      return Rows<6>(rows, k, a, b, out);
    case 7:
      return Rows<7>(rows, k, a, b, out);
  }
}

template void Narrow<float>(int64_t, int, int64_t, const float*, const float*, float*);
template void Narrow<double>(int64_t, int, int64_t, const double*, const double*, double*);

}  // namespace ACTIONMATCH_KERNELS
}  // namespace actionmatch
