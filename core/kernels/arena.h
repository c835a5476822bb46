// Arena: memory of many arrays that live and end together, on large pages where there is much of it: passes over tens
// of megabytes would else spend some percent of their time on looking up pages.

#ifndef ACTIONMATCH_CORE_KERNELS_ARENA_H_
#define ACTIONMATCH_CORE_KERNELS_ARENA_H_

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <vector>

namespace actionmatch {

// Not thread-safe. Moving it moves no array; what was moved from makes no more.
class Arena {
 public:
  // An array of zeros, aligned to cache lines, which lives as long as the arena. Throws std::bad_alloc.
  template <typename T>
  T* Zeros(int64_t count) {
    return static_cast<T*>(Take(static_cast<size_t>(count) * sizeof(T)));
  }

 private:
  struct Free {
    void operator()(void* chunk) const { std::free(chunk); }
  };
  void* Take(size_t bytes);

  std::vector<std::unique_ptr<void, Free>> chunks_;
  char* next_ = nullptr;  // in the last chunk
  size_t left_ = 0;       // there
  size_t last_size_ = 0;  // of that chunk
};

}  // namespace actionmatch

#endif  // ACTIONMATCH_CORE_KERNELS_ARENA_H_
