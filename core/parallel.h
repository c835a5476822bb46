// ParallelFor: independent pieces of work on threads of our own.

#ifndef ACTIONMATCH_CORE_PARALLEL_H_
#define ACTIONMATCH_CORE_PARALLEL_H_

#include <cstdint>
#include <functional>

#include "absl/status/status.h"

namespace actionmatch {

// Calls work(i) for each i in [0, count), on at most `threads` new threads (fewer if the system has no more), which
// take the pieces in order. Each thread first calls `on_thread_start`, if that is set: work that uses LibTorch passes
// UseOneTorchThread (core/device/device.h). After an error or an exception no further piece is begun; once all threads
// have ended, the first error is returned, or the first exception thrown. RESOURCE_EXHAUSTED if not one thread can be
// had.
absl::Status ParallelFor(int threads, int64_t count, const std::function<absl::Status(int64_t i)>& work,
                         const std::function<void()>& on_thread_start = {});

}  // namespace actionmatch

#endif  // ACTIONMATCH_CORE_PARALLEL_H_
