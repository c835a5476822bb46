// Arena: the memory of many arrays that live and end together. A large arena is on large pages: otherwise passes over
// tens of megabytes would spend some percent of their time on looking up pages.

#ifndef ACTIONMATCH_CORE_KERNELS_ARENA_H_
#define ACTIONMATCH_CORE_KERNELS_ARENA_H_

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <vector>

namespace actionmatch {

// Not thread-safe. A move leaves the arrays in place; an arena that was moved from makes no more arrays.
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
  size_t left_ = 0;       // bytes left in the last chunk
  size_t last_size_ = 0;  // bytes of the last chunk
};

}  // namespace actionmatch

#endif  // ACTIONMATCH_CORE_KERNELS_ARENA_H_
