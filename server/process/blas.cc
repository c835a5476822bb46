#include "server/process/blas.h"

#include <dlfcn.h>

#include <climits>
#include <cstdlib>

#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "server/process/log.h"

namespace actionmatch {

Blas DetectBlas() {
  Blas blas;
  void* const symbol = dlsym(RTLD_DEFAULT, "sgemm_");
  Dl_info info = {};
  char path[PATH_MAX] = "";
  if (symbol == nullptr || dladdr(symbol, &info) == 0 || realpath(info.dli_fname, path) == nullptr) {
    blas.library = "unknown";
    return blas;
  }
  blas.library = path;
  // OpenBLAS says how it was built: 2 is OpenMP, 1 its own threads, 0 no threads.
  using Parallel = int (*)();
  const auto parallel = reinterpret_cast<Parallel>(dlsym(RTLD_DEFAULT, "openblas_get_parallel"));
  const bool is_openblas = parallel != nullptr;
  blas.openmp = !is_openblas || parallel() != 1;
  blas.optimised = is_openblas || absl::StrContains(blas.library, "mkl");
  return blas;
}

void LogBlas() {
  const Blas blas = DetectBlas();
  LogInfo("blas", {{"library", blas.library}});
  if (!blas.optimised) {
    LogWarning("blas_is_slow",
               {{"library", blas.library},
                {"remedy", "training may be twenty times slower than it could be: install libopenblas0-openmp"}});
  } else if (!blas.openmp) {
    LogWarning("blas_threads_fight",
               {{"library", blas.library},
                {"remedy", "install libopenblas0-openmp and remove the other libopenblas0 packages"}});
  }
}

}  // namespace actionmatch
