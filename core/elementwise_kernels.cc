// The passes of elementwise.h for one instruction set, but for activations: this file is compiled once for each
// (core/CMakeLists.txt), with ACTIONMATCH_KERNELS its name. It calls no inline function of any header, since the linker
// would keep one copy for all, perhaps one with instructions that the processor lacks.

#include "core/elementwise.h"

namespace actionmatch {
namespace ACTIONMATCH_KERNELS {

const ElementwiseKernels<float>& Kernels(float);
const ElementwiseKernels<double>& Kernels(double);

// activation_kernels.cc.
template <typename T>
void Activate(ActivationKind kind, int64_t rows, int64_t width, const T* bias, T* x, T* d1, T* d2, T* d3);

namespace {

inline float Sqrt(float x) { return __builtin_sqrtf(x); }
inline double Sqrt(double x) { return __builtin_sqrt(x); }

template <typename T>
void Backward(int64_t size, T* __restrict q, const T* __restrict d1, T* __restrict e) {
  if (e == nullptr) {
#pragma omp simd
    for (int64_t i = 0; i < size; ++i) q[i] *= d1[i];
    return;
  }
#pragma omp simd
  for (int64_t i = 0; i < size; ++i) {
    e[i] *= q[i];
    q[i] *= d1[i];
  }
}

template <typename T>
void Tangent(int64_t size, T* __restrict z, const T* __restrict d1, T* __restrict e) {
#pragma omp simd
  for (int64_t i = 0; i < size; ++i) {
    e[i] *= z[i];
    z[i] *= d1[i];
  }
}

// r <- r d1 + e and column sums of a row; e and sums may be left out.
template <typename T, bool with_e, bool with_sums>
void ReverseRows(int64_t rows, int64_t width, T* __restrict r, const T* __restrict d1, const T* __restrict e,
                 T* __restrict sums) {
  for (int64_t i = 0; i < rows; ++i) {
#pragma omp simd
    for (int64_t j = 0; j < width; ++j) {
      T value = r[j] * d1[j];
      if constexpr (with_e) value += e[j];
      r[j] = value;
      if constexpr (with_sums) sums[j] += value;
    }
    r += width;
    d1 += width;
    if constexpr (with_e) e += width;
  }
}

template <typename T>
void Reverse(int64_t rows, int64_t width, T* r, const T* d1, const T* e, T* sums) {
  if (sums == nullptr) {
    ReverseRows<T, true, false>(rows, width, r, d1, e, sums);
  } else if (e == nullptr) {
    ReverseRows<T, false, true>(rows, width, r, d1, e, sums);
  } else {
    ReverseRows<T, true, true>(rows, width, r, d1, e, sums);
  }
}

template <typename T>
void BackwardCurved(int64_t size, T* __restrict q, const T* __restrict d1, const T* __restrict d2, T* __restrict qd2,
                    T* __restrict e) {
#pragma omp simd
  for (int64_t i = 0; i < size; ++i) {
    qd2[i] = q[i] * d2[i];
    e[i] *= q[i];
    q[i] *= d1[i];
  }
}

template <typename T>
void Probe(int64_t size, T* __restrict z, const T* __restrict d1, T* __restrict kept, T* __restrict squares,
           bool first) {
#pragma omp simd
  for (int64_t i = 0; i < size; ++i) {
    const T tangent = z[i];
    squares[i] = (first ? T{0} : squares[i]) + tangent * tangent;
    kept[i] = tangent;
    z[i] = tangent * d1[i];
  }
}

template <typename T>
void TangentCurved(int64_t rows, int64_t width, const T* g, T* __restrict z, const T* __restrict d1,
                   const T* __restrict d2, const T* __restrict squares, const T* __restrict qd2, T* __restrict e) {
  for (int64_t i = 0; i < rows; ++i) {
    const T factor = g[i];
    if (qd2 == nullptr) {
#pragma omp simd
      for (int64_t j = 0; j < width; ++j) z[j] = z[j] * d1[j] + factor * d2[j] * squares[j];
    } else {
#pragma omp simd
      for (int64_t j = 0; j < width; ++j) {
        e[j] = qd2[j] * z[j] + factor * e[j] * squares[j];
        z[j] = z[j] * d1[j] + factor * d2[j] * squares[j];
      }
      qd2 += width;
      e += width;
    }
    z += width;
    d1 += width;
    d2 += width;
    squares += width;
  }
}

template <typename T>
void ReverseProbe(int64_t rows, int64_t width, const T* g, T* __restrict r, T* __restrict x, const T* __restrict d1,
                  const T* __restrict d2, const T* __restrict qd2, const T* __restrict kept) {
  for (int64_t i = 0; i < rows; ++i) {
    const T factor = 2 * g[i];
#pragma omp simd
    for (int64_t j = 0; j < width; ++j) {
      r[j] += d2[j] * kept[j] * x[j];
      x[j] = x[j] * d1[j] + factor * qd2[j] * kept[j];
    }
    r += width;
    x += width;
    d1 += width;
    d2 += width;
    qd2 += width;
    kept += width;
  }
}

template <typename T>
void AddColumns(int64_t rows, int64_t width, const T* __restrict x, T* __restrict sums) {
  for (int64_t i = 0; i < rows; ++i) {
#pragma omp simd
    for (int64_t j = 0; j < width; ++j) sums[j] += x[i * width + j];
  }
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
  // Sixteen running sums, whatever the width of the vectors.
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

#define ACTIONMATCH_TEXT(x) #x
#define ACTIONMATCH_NAME(x) ACTIONMATCH_TEXT(x)

template <typename T>
constexpr ElementwiseKernels<T> kKernels = {ACTIONMATCH_NAME(ACTIONMATCH_KERNELS),
                                            Activate<T>,
                                            Backward<T>,
                                            Tangent<T>,
                                            Reverse<T>,
                                            BackwardCurved<T>,
                                            Probe<T>,
                                            TangentCurved<T>,
                                            ReverseProbe<T>,
                                            AddColumns<T>,
                                            Adam<T>,
                                            Add<T>,
                                            Squares<T>};

}  // namespace

const ElementwiseKernels<float>& Kernels(float) { return kKernels<float>; }
const ElementwiseKernels<double>& Kernels(double) { return kKernels<double>; }

}  // namespace ACTIONMATCH_KERNELS
}  // namespace actionmatch
