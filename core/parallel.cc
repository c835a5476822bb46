#include "core/parallel.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

#include "core/cause.h"

namespace actionmatch {

absl::Status ParallelFor(int threads, int64_t count, const std::function<absl::Status(int64_t i)>& work,
                         const std::function<void()>& on_thread_start) {
  std::atomic<int64_t> next{0};
  std::atomic<bool> failed{false};
  std::mutex mutex;
  absl::Status first_error;            // guarded by mutex
  std::exception_ptr first_exception;  // guarded by mutex
  const auto run = [&] {
    if (on_thread_start) on_thread_start();
    for (int64_t i = next.fetch_add(1); i < count && !failed.load(); i = next.fetch_add(1)) {
      absl::Status status;
      std::exception_ptr exception;
      try {
        status = work(i);
      } catch (...) {  // an exception that left the thread would end the process
        exception = std::current_exception();
      }
      if (status.ok() && exception == nullptr) continue;
      const std::lock_guard<std::mutex> lock(mutex);
      if (failed.exchange(true)) continue;
      first_error = status;
      first_exception = exception;
    }
  };
  std::vector<std::thread> pool;
  const int64_t size = std::min<int64_t>(std::max(1, threads), count);
  pool.reserve(static_cast<size_t>(size));
  try {
    for (int64_t i = 0; i < size; ++i) pool.emplace_back(run);
  } catch (const std::system_error&) {
    if (pool.empty()) return ErrorOf(kOutOfThreads, {}, "the system has no thread left: try again later");
  }
  for (std::thread& thread : pool) thread.join();
  if (first_exception != nullptr) std::rethrow_exception(first_exception);
  return first_error;
}

}  // namespace actionmatch
