// Which BLAS multiplies matrices here: it decides the speed of everything.

#ifndef ACTIONMATCH_SERVER_PROCESS_BLAS_H_
#define ACTIONMATCH_SERVER_PROCESS_BLAS_H_

#include <string>

namespace actionmatch {

struct Blas {
  std::string library;    // the loaded shared object's real path, or "unknown"
  bool optimised = true;  // false: the reference implementation, some twenty times slower
  bool openmp = true;     // false: its threads are not LibTorch's, and the two pools fight
};

// Looks at what this process has loaded.
Blas DetectBlas();

// Logs it, with a warning that tells the remedy where training would be slow.
void LogBlas();

}  // namespace actionmatch

#endif  // ACTIONMATCH_SERVER_PROCESS_BLAS_H_
