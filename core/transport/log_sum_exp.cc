#include "core/transport/log_sum_exp.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define ACTIONMATCH_VECTOR_CLONES __attribute__((target_clones("default", "arch=haswell", "arch=skylake-avx512")))
#else
#define ACTIONMATCH_VECTOR_CLONES
#endif

namespace actionmatch {
namespace {

// exp(x) for x <= 0: 2^k times a polynomial of 2^f on [-1/2, 1/2].
inline float NegativeExp(float x) {
  const float scaled = std::max(x, -87.0F) * 1.44269504F;
  const auto k = static_cast<int32_t>(scaled - 0.5F);
  const float f = scaled - static_cast<float>(k);
  float p = 1.5403530e-4F;
  p = p * f + 1.3333558e-3F;
  p = p * f + 9.6181291e-3F;
  p = p * f + 5.5504109e-2F;
  p = p * f + 2.4022651e-1F;
  p = p * f + 6.9314718e-1F;
  p = p * f + 1.0F;
  const int32_t bits = (k + 127) << 23;
  float power;
  std::memcpy(&power, &bits, sizeof(power));
  return p * power;
}

ACTIONMATCH_VECTOR_CLONES
float Largest(const float* height, const float* cost, float inverse, size_t count) {
  float largest = height[0] - cost[0] * inverse;
#pragma omp simd reduction(max : largest)
  for (size_t j = 0; j < count; ++j) {
    const float value = height[j] - cost[j] * inverse;
    largest = value > largest ? value : largest;
  }
  return largest;
}

ACTIONMATCH_VECTOR_CLONES
float SumExp(const float* height, const float* cost, float inverse, float largest, size_t count) {
  float sum = 0;
#pragma omp simd reduction(+ : sum)
  for (size_t j = 0; j < count; ++j) sum += NegativeExp(height[j] - cost[j] * inverse - largest);
  return sum;
}

}  // namespace

double LogSumExp(absl::Span<const float> height, absl::Span<const float> cost, float inverse) {
  const float largest = Largest(height.data(), cost.data(), inverse, height.size());
  return static_cast<double>(largest) +
         std::log(static_cast<double>(SumExp(height.data(), cost.data(), inverse, largest, height.size())));
}

}  // namespace actionmatch
