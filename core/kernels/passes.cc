// The passes of kernels.h for one instruction set, except for activations. This file is compiled once for each set
// (core/CMakeLists.txt), with ACTIONMATCH_KERNELS as the set's name. It calls no inline function of any header: the
// linker would keep one copy for all sets, perhaps one with instructions that the processor lacks.

#include "core/kernels/kernels.h"
#include "core/kernels/pass_results.h"

namespace actionmatch {
namespace ACTIONMATCH_KERNELS {

const KernelTable<float>& Kernels(float);
const KernelTable<double>& Kernels(double);

// In activations.cc.
template <typename T>
void Activate(ActivationKind kind, int64_t rows, int64_t width, const T* bias, T* x, T* d1, T* d2, T* d3,
              Bfloat16* rounded);
// In narrow_product.cc.
template <typename T>
void Narrow(int64_t rows, int columns, int64_t k, const T* a, const T* b, T* out);
// In packed_product.cc.
template <typename T>
void Pack(int64_t k, int64_t n, const T* values, bool transposed, T* panels);
template <typename T>
void Panels(int64_t m, int64_t n, int64_t k, const T* a, const T* panels, T* out);
// In outer_product.cc.
template <typename T>
void Outer(int64_t m, int64_t n, int64_t k, const T* a, const T* b, bool accumulate, T* out);

namespace {

inline float Sqrt(float x) { return __builtin_sqrtf(x); }
inline double Sqrt(double x) { return __builtin_sqrt(x); }

template <typename T, typename Result>
void BackwardTo(int64_t size, T* __restrict q, const T* __restrict d1, T* __restrict e, Result result) {
  if (e == nullptr) {
#pragma omp simd
    for (int64_t i = 0; i < size; ++i) result.Set(q, i, q[i] * d1[i]);
    return;
  }
#pragma omp simd
  for (int64_t i = 0; i < size; ++i) {
    e[i] *= q[i];
    result.Set(q, i, q[i] * d1[i]);
  }
}

template <typename T, typename Result>
void TangentTo(int64_t size, T* __restrict z, const T* __restrict d1, T* __restrict e, Result result) {
#pragma omp simd
  for (int64_t i = 0; i < size; ++i) {
    e[i] *= z[i];
    result.Set(z, i, z[i] * d1[i]);
  }
}

// r <- r d1 + e for each row, and sums of its columns; e and sums may be left out.
template <bool with_e, bool with_sums, typename T, typename Result>
void ReverseRows(int64_t rows, int64_t width, T* __restrict r, const T* __restrict d1, const T* __restrict e,
                 T* __restrict sums, Result result) {
  for (int64_t i = 0; i < rows; ++i) {
#pragma omp simd
    for (int64_t j = 0; j < width; ++j) {
      T value = r[j] * d1[j];
      if constexpr (with_e) value += e[j];
      result.Set(r, j, value);
      if constexpr (with_sums) sums[j] += value;
    }
    r += width;
    d1 += width;
    if constexpr (with_e) e += width;
    result.Advance(width);
  }
}

template <typename T, typename Result>
void ReverseTo(int64_t rows, int64_t width, T* r, const T* d1, const T* e, T* sums, Result result) {
  if (sums == nullptr) {
    ReverseRows<true, false>(rows, width, r, d1, e, sums, result);
  } else if (e == nullptr) {
    ReverseRows<false, true>(rows, width, r, d1, e, sums, result);
  } else {
    ReverseRows<true, true>(rows, width, r, d1, e, sums, result);
  }
}

template <typename T, typename Result>
void BackwardCurvedTo(int64_t size, T* __restrict q, const T* __restrict d1, const T* __restrict d2, T* __restrict qd2,
                      T* __restrict e, Result result) {
#pragma omp simd
  for (int64_t i = 0; i < size; ++i) {
    qd2[i] = q[i] * d2[i];
    e[i] *= q[i];
    result.Set(q, i, q[i] * d1[i]);
  }
}

template <typename T, typename Result>
void ProbeTo(int64_t size, T* __restrict z, const T* __restrict d1, T* __restrict kept, T* __restrict squares,
             bool first, Result result) {
#pragma omp simd
  for (int64_t i = 0; i < size; ++i) {
    const T tangent = z[i];
    squares[i] = (first ? T{0} : squares[i]) + tangent * tangent;
    kept[i] = tangent;
    result.Set(z, i, tangent * d1[i]);
  }
}

template <typename T, typename Result>
void TangentCurvedTo(int64_t rows, int64_t width, const T* g, T* __restrict z, const T* __restrict d1,
                     const T* __restrict d2, const T* __restrict squares, const T* __restrict qd2, T* __restrict e,
                     Result result) {
  for (int64_t i = 0; i < rows; ++i) {
    const T factor = g[i];
    if (qd2 == nullptr) {
#pragma omp simd
      for (int64_t j = 0; j < width; ++j) result.Set(z, j, z[j] * d1[j] + factor * d2[j] * squares[j]);
    } else {
#pragma omp simd
      for (int64_t j = 0; j < width; ++j) {
        e[j] = qd2[j] * z[j] + factor * e[j] * squares[j];
        result.Set(z, j, z[j] * d1[j] + factor * d2[j] * squares[j]);
      }
      qd2 += width;
      e += width;
    }
    z += width;
    d1 += width;
    d2 += width;
    squares += width;
    result.Advance(width);
  }
}

template <typename T, typename Result>
void ReverseProbeTo(int64_t rows, int64_t width, const T* g, T* __restrict r, T* __restrict x, const T* __restrict d1,
                    const T* __restrict d2, const T* __restrict qd2, const T* __restrict kept, Result result) {
  for (int64_t i = 0; i < rows; ++i) {
    const T factor = 2 * g[i];
#pragma omp simd
    for (int64_t j = 0; j < width; ++j) {
      r[j] += d2[j] * kept[j] * x[j];
      result.Set(x, j, x[j] * d1[j] + factor * qd2[j] * kept[j]);
    }
    r += width;
    x += width;
    d1 += width;
    d2 += width;
    qd2 += width;
    kept += width;
    result.Advance(width);
  }
}

// Makes each pass, in place or rounding.
#define ACTIONMATCH_BOTH(Pass, parameters, ...)      \
  template <typename T>                              \
  void Pass parameters {                             \
    if (rounded == nullptr) {                        \
      Pass##To<T>(__VA_ARGS__, InPlace<T>());        \
    } else {                                         \
      Pass##To<T>(__VA_ARGS__, Rounded<T>{rounded}); \
    }                                                \
  }
ACTIONMATCH_BOTH(Backward, (int64_t size, T* q, const T* d1, T* e, Bfloat16* rounded), size, q, d1, e)
ACTIONMATCH_BOTH(Tangent, (int64_t size, T* z, const T* d1, T* e, Bfloat16* rounded), size, z, d1, e)
ACTIONMATCH_BOTH(Reverse, (int64_t rows, int64_t width, T* r, const T* d1, const T* e, T* sums, Bfloat16* rounded),
                 rows, width, r, d1, e, sums)
ACTIONMATCH_BOTH(BackwardCurved, (int64_t size, T* q, const T* d1, const T* d2, T* qd2, T* e, Bfloat16* rounded), size,
                 q, d1, d2, qd2, e)
ACTIONMATCH_BOTH(Probe, (int64_t size, T* z, const T* d1, T* kept, T* squares, bool first, Bfloat16* rounded), size, z,
                 d1, kept, squares, first)
ACTIONMATCH_BOTH(TangentCurved,
                 (int64_t rows, int64_t width, const T* g, T* z, const T* d1, const T* d2, const T* squares,
                  const T* qd2, T* e, Bfloat16* rounded),
                 rows, width, g, z, d1, d2, squares, qd2, e)
ACTIONMATCH_BOTH(ReverseProbe,
                 (int64_t rows, int64_t width, const T* g, T* r, T* x, const T* d1, const T* d2, const T* qd2,
                  const T* kept, Bfloat16* rounded),
                 rows, width, g, r, x, d1, d2, qd2, kept)

template <typename T>
void AddColumns(int64_t rows, int64_t width, const T* __restrict x, T* __restrict sums) {
  for (int64_t i = 0; i < rows; ++i) {
#pragma omp simd
    for (int64_t j = 0; j < width; ++j) sums[j] += x[i * width + j];
  }
}

template <typename T>
void Round(int64_t size, const T* __restrict x, Bfloat16* __restrict rounded) {
#pragma omp simd
  for (int64_t i = 0; i < size; ++i) rounded[i] = ToBfloat16(static_cast<float>(x[i]));
}

template <typename T>
void Adam(int64_t size, const AdamFactors<T>& factors, const T* __restrict gradient, T* __restrict weights,
          T* __restrict first, T* __restrict second, T* __restrict average) {
  const AdamFactors<T> f = factors;
#pragma omp simd
  for (int64_t i = 0; i < size; ++i) {
    const T g = gradient[i] * f.clip;
    const T m = f.beta1 * first[i] + (1 - f.beta1) * g;
    const T v = f.beta2 * second[i] + (1 - f.beta2) * g * g;
    const T w = weights[i] * f.keep - f.rate * m / (Sqrt(v * f.correction2) + f.epsilon);
    first[i] = m;
    second[i] = v;
    weights[i] = w;
    average[i] += f.average * (w - average[i]);
  }
}

template <typename T>
void Add(int64_t size, const T* __restrict x, T* __restrict sum) {
#pragma omp simd
  for (int64_t i = 0; i < size; ++i) sum[i] += x[i];
}

template <typename T>
double Squares(int64_t size, const T* x) {
  // Sixteen running sums, for any width of the vectors.
  double sums[16] = {};
  int64_t i = 0;
  for (; i + 16 <= size; i += 16) {
#pragma omp simd
    for (int64_t j = 0; j < 16; ++j) sums[j] += static_cast<double>(x[i + j]) * x[i + j];
  }
  for (; i < size; ++i) sums[i % 16] += static_cast<double>(x[i]) * x[i];
  double sum = 0;
  for (double part : sums) sum += part;
  return sum;
}

#if defined(__AVX512F__)
constexpr bool kPanelsAreFast = true;
#else
constexpr bool kPanelsAreFast = false;
#endif

#define ACTIONMATCH_TEXT(x) #x
#define ACTIONMATCH_NAME(x) ACTIONMATCH_TEXT(x)

template <typename T>
constexpr KernelTable<T> kKernels = {ACTIONMATCH_NAME(ACTIONMATCH_KERNELS),
                                     Activate<T>,
                                     Backward<T>,
                                     Tangent<T>,
                                     Reverse<T>,
                                     BackwardCurved<T>,
                                     Probe<T>,
                                     TangentCurved<T>,
                                     ReverseProbe<T>,
                                     AddColumns<T>,
                                     Round<T>,
                                     Narrow<T>,
                                     kPanelsAreFast,
                                     Pack<T>,
                                     Panels<T>,
                                     Outer<T>,
                                     Adam<T>,
                                     Add<T>,
                                     Squares<T>};

}  // namespace

const KernelTable<float>& Kernels(float) { return kKernels<float>; }
const KernelTable<double>& Kernels(double) { return kKernels<double>; }

}  // namespace ACTIONMATCH_KERNELS
}  // namespace actionmatch
