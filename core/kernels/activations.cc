// Activations and their derivatives (kernels.h) for one instruction set, compiled as passes.cc is, and so that
// divisions become reciprocal estimates with a Newton step: a unit in the last place less exact, and twice as fast. The
// price is that a NaN may come out as any number.

#include "core/kernels/kernels.h"
#include "core/kernels/pass_results.h"

namespace actionmatch {
namespace ACTIONMATCH_KERNELS {
namespace {

// e^(sign x) within 2 units in the last place, as code that compilers turn into vector instructions: 2^n 2^r with n the
// nearest whole number. Beyond +-86, e^(sign x) is that of +-86.
inline float Exp(float x, float sign = 1) {
  x = x < -86.0F ? -86.0F : x;
  x = x > 86.0F ? 86.0F : x;
  const float high = sign * 1.44269502F;  // 1 / log 2
  // Adding 1.5 * 2^23 rounds, and leaves n in the lowest bits.
  constexpr float kRound = 12582912.0F;
  const float shifted = x * high + kRound;
  const float n = shifted - kRound;
#if defined(__FMA__) || defined(__ARM_FEATURE_FMA)
  const float low = sign * 1.92596303e-8F;  // the part of 1 / log 2 that `high` lacks
  const float r = x * low + (x * high - n);
#else
  // Without such instructions, the product above would be rounded before the difference; these products with n are
  // exact.
  const float r = ((sign * x - n * 0.693359375F) - n * -2.12194440e-4F) * 1.44269502F;
#endif
  // 2^r, |r| <= 1/2, to 2e-9.
  float p = 1.535336222e-4F;
  p = p * r + 1.339887469e-3F;
  p = p * r + 9.618437359e-3F;
  p = p * r + 5.55033247e-2F;
  p = p * r + 2.402264791e-1F;
  p = p * r + 6.931472029e-1F;
  p = p * r + 1.0F;
  return __builtin_bit_cast(float, __builtin_bit_cast(uint32_t, p) + (__builtin_bit_cast(uint32_t, shifted) << 23));
}
inline double Exp(double x, double sign = 1) { return __builtin_exp(sign * x); }

inline float Abs(float x) { return __builtin_fabsf(x); }
inline double Abs(double x) { return __builtin_fabs(x); }
inline float Sign(float x) { return __builtin_copysignf(1.0F, x); }
inline double Sign(double x) { return __builtin_copysign(1.0, x); }

// log(1 + x) for x in [0, 1]: 2 atanh(x / (2 + x)).
inline float Log1p(float x) {
  const float w = x / (2.0F + x);
  const float s = w * w;
  float p = 1.0F / 15;
  p = p * s + 1.0F / 13;
  p = p * s + 1.0F / 11;
  p = p * s + 1.0F / 9;
  p = p * s + 1.0F / 7;
  p = p * s + 1.0F / 5;
  p = p * s + 1.0F / 3;
  p = p * s + 1.0F;
  return 2.0F * w * p;
}
inline double Log1p(double x) { return __builtin_log1p(x); }

template <typename T>
struct Derivatives {
  T value, d1, d2, d3;
};

template <typename T>
struct Silu {
  static inline Derivatives<T> At(T a) {
    const T e = Exp(a, T{-1});
    const T s = 1 / (1 + e);
    // 1 - s = e s, but without the difference of near numbers, which `a` would magnify.
    const T d = s * (e * s);
    const T skew = 1 - 2 * s;
    return {a * s, s + a * d, d * (2 + a * skew), d * (3 * skew + a * (1 - 6 * d))};
  }
};

template <typename T>
struct Softplus {
  static inline Derivatives<T> At(T a) {
    const T size = Abs(a);
    const T small = Exp(size, T{-1});
    const T sigmoid = 1 / (1 + small);  // of |a|
    const T other = small * sigmoid;    // of -|a|
    const T d = sigmoid * other;
    const T up = (1 + Sign(a)) / 2;  // 1 or 0; a choice would keep compilers from vectors
    const T s = up * sigmoid + (1 - up) * other;
    return {up * a + Log1p(small), s, d, d * (1 - 2 * s)};
  }
};

template <typename T>
struct Tanh {
  static inline Derivatives<T> At(T a) {
    const T t = 1 - 2 / (1 + Exp(2 * a));
    const T d = 1 - t * t;
    return {t, d, -2 * t * d, d * (6 * t * t - 2)};
  }
};

template <template <typename> class Phi, int order, typename T, typename Result>
void ActivateRows(int64_t rows, int64_t width, const T* __restrict bias, T* __restrict x, T* __restrict d1,
                  T* __restrict d2, T* __restrict d3, Result result) {
  for (int64_t i = 0; i < rows; ++i) {
#pragma omp simd
    for (int64_t j = 0; j < width; ++j) {
      const Derivatives<T> at = Phi<T>::At(x[j] + bias[j]);
      result.Set(x, j, at.value);
      d1[j] = at.d1;
      if (order > 1) d2[j] = at.d2;
      if (order > 2) d3[j] = at.d3;
    }
    x += width;
    d1 += width;
    if (order > 1) d2 += width;
    if (order > 2) d3 += width;
    result.Advance(width);
  }
}

template <template <typename> class Phi, typename T, typename Result>
void ActivateTo(int64_t rows, int64_t width, const T* bias, T* x, T* d1, T* d2, T* d3, Result result) {
  if (d3 != nullptr) {
    ActivateRows<Phi, 3>(rows, width, bias, x, d1, d2, d3, result);
  } else if (d2 != nullptr) {
    ActivateRows<Phi, 2>(rows, width, bias, x, d1, d2, d3, result);
  } else {
    ActivateRows<Phi, 1>(rows, width, bias, x, d1, d2, d3, result);
  }
}

template <typename T, typename Result>
void ActivateBy(ActivationKind kind, int64_t rows, int64_t width, const T* bias, T* x, T* d1, T* d2, T* d3,
                Result result) {
  switch (kind) {
    case ActivationKind::kSilu:
      return ActivateTo<Silu>(rows, width, bias, x, d1, d2, d3, result);
    case ActivationKind::kSoftplus:
      return ActivateTo<Softplus>(rows, width, bias, x, d1, d2, d3, result);
    case ActivationKind::kTanh:
      return ActivateTo<Tanh>(rows, width, bias, x, d1, d2, d3, result);
  }
}

}  // namespace

template <typename T>
void Activate(ActivationKind kind, int64_t rows, int64_t width, const T* bias, T* x, T* d1, T* d2, T* d3,
              Bfloat16* rounded) {
  if (rounded == nullptr) {
    ActivateBy(kind, rows, width, bias, x, d1, d2, d3, InPlace<T>());
  } else {
    ActivateBy(kind, rows, width, bias, x, d1, d2, d3, Rounded<T>{rounded});
  }
}

template void Activate<float>(ActivationKind, int64_t, int64_t, const float*, float*, float*, float*, float*,
                              Bfloat16*);
template void Activate<double>(ActivationKind, int64_t, int64_t, const double*, double*, double*, double*, double*,
                               Bfloat16*);

}  // namespace ACTIONMATCH_KERNELS
}  // namespace actionmatch
