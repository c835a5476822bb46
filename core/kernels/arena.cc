#include "core/kernels/arena.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstring>
#include <new>

namespace actionmatch {
namespace {

constexpr size_t kLine = 64;
constexpr size_t kMinChunk = size_t{1} << 16;
constexpr size_t kLargePage = size_t{1} << 21;

size_t RoundUp(size_t bytes, size_t unit) { return (bytes + unit - 1) / unit * unit; }

}  // namespace

void* Arena::Take(size_t bytes) {
  bytes = RoundUp(std::max<size_t>(bytes, 1), kLine);
  if (bytes > left_) {
    size_t size = std::max({bytes, kMinChunk, 2 * last_size_});  // so that there are few chunks
    const bool large = size >= kLargePage;
    if (large) size = RoundUp(size, kLargePage);
    chunks_.emplace_back(std::aligned_alloc(large ? kLargePage : kLine, size));
    if (chunks_.back() == nullptr) throw std::bad_alloc();
    if (large) madvise(chunks_.back().get(), size, MADV_HUGEPAGE);  // advice only: small pages work too
    next_ = static_cast<char*>(chunks_.back().get());
    left_ = last_size_ = size;
  }
  void* const taken = next_;
  next_ += bytes;
  left_ -= bytes;
  return std::memset(taken, 0, bytes);
}

}  // namespace actionmatch
