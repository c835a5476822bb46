#include "core/kernels/kernels.h"

#include <unistd.h>

namespace actionmatch {

// Each namespace is compiled from passes.cc.
#define ACTIONMATCH_DECLARE(name)             \
  namespace name {                            \
  const KernelTable<float>& Kernels(float);   \
  const KernelTable<double>& Kernels(double); \
  }
ACTIONMATCH_DECLARE(baseline)
#ifdef ACTIONMATCH_X86_KERNELS
ACTIONMATCH_DECLARE(avx2)
ACTIONMATCH_DECLARE(avx512)
#endif

template <typename T>
std::vector<const KernelTable<T>*> SupportedElementwise() {
  std::vector<const KernelTable<T>*> sets;
#ifdef ACTIONMATCH_X86_KERNELS
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512dq")) {
    sets.push_back(&avx512::Kernels(T{}));
  }
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) sets.push_back(&avx2::Kernels(T{}));
#endif
  sets.push_back(&baseline::Kernels(T{}));
  return sets;
}

template <typename T>
const KernelTable<T>& Kernels() {
  static const KernelTable<T>& best = *SupportedElementwise<T>().front();
  return best;
}

int64_t FirstCacheBytes() {
  const int64_t bytes = sysconf(_SC_LEVEL1_DCACHE_SIZE);
  return bytes > 0 ? bytes : 32768;
}

template std::vector<const KernelTable<float>*> SupportedElementwise<float>();
template std::vector<const KernelTable<double>*> SupportedElementwise<double>();
template const KernelTable<float>& Kernels<float>();
template const KernelTable<double>& Kernels<double>();

}  // namespace actionmatch
