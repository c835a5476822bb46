#include "core/parallel.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"

namespace actionmatch {

absl::Status ParallelFor(int threads, int64_t count, const std::function<absl::Status(int64_t i)>& work) {
  std::atomic<int64_t> next{0};
  std::atomic<bool> failed{false};
  std::mutex mutex;
  absl::Status first_error;  // guarded by mutex
  const auto run = [&] {
    at::set_num_threads(1);
    for (int64_t i = next.fetch_add(1); i < count && !failed.load(); i = next.fetch_add(1)) {
      absl::Status status;
      try {
        status = work(i);
      } catch (const std::exception& error) {
        status = absl::InternalError(absl::StrCat("failed unexpectedly: ", error.what()));
      }
      if (status.ok()) continue;
      const std::lock_guard<std::mutex> lock(mutex);
      if (!failed.exchange(true)) first_error = status;
    }
  };
  std::vector<std::thread> pool;
  const int64_t size = std::min<int64_t>(std::max(1, threads), count);
  for (int64_t i = 0; i < size; ++i) pool.emplace_back(run);
  for (std::thread& thread : pool) thread.join();
  return first_error;
}

}  // namespace actionmatch
