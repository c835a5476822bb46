// ParallelFor: independent pieces of work on threads of our own.

#ifndef ACTIONMATCH_CORE_PARALLEL_H_
#define ACTIONMATCH_CORE_PARALLEL_H_

#include <cstdint>
#include <functional>

#include "absl/status/status.h"

namespace actionmatch {

// work(i) for each i in [0, count), on at most `threads` new threads, which take them in order; LibTorch's operations
// in them are single-threaded, whatever the caller's setting, so that it changes no bit. After an error no further
// piece is begun, and the error that came first is returned; an exception, which must not leave a thread, is INTERNAL.
absl::Status ParallelFor(int threads, int64_t count, const std::function<absl::Status(int64_t i)>& work);

}  // namespace actionmatch

#endif  // ACTIONMATCH_CORE_PARALLEL_H_
