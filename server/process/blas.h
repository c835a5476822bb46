// The BLAS that multiplies matrices in this process: it decides the speed of everything.

#ifndef ACTIONMATCH_SERVER_PROCESS_BLAS_H_
#define ACTIONMATCH_SERVER_PROCESS_BLAS_H_

#include <string>

namespace actionmatch {

struct Blas {
  std::string library;    // the loaded shared object's real path, or "unknown"
  bool optimised = true;  // false: the reference implementation, some twenty times slower
  bool openmp = true;     // false: its threads are not LibTorch's, and the two pools fight
};

// Looks at the libraries that this process has loaded.
Blas DetectBlas();

// Logs the BLAS, with a warning that says the remedy if training would be slow.
void LogBlas();

}  // namespace actionmatch

#endif  // ACTIONMATCH_SERVER_PROCESS_BLAS_H_
