// ByteBudget: a bound on the bytes that several calls hold at once.

#ifndef ACTIONMATCH_SERVER_CALLS_BYTE_BUDGET_H_
#define ACTIONMATCH_SERVER_CALLS_BYTE_BUDGET_H_

#include <cstdint>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace actionmatch {

// Thread-safe. A budget outlives its shares.
class ByteBudget {
 public:
  explicit ByteBudget(int64_t total) : total_(total) {}

  int64_t total() const { return total_; }

  // The bytes that one call holds, given back at the latest when the share ends. One thread at a time.
  class Share {
   public:
    explicit Share(ByteBudget& budget) : budget_(budget) {}
    ~Share() { GiveBack(); }
    Share(const Share&) = delete;
    Share& operator=(const Share&) = delete;

    // Takes `bytes` more. Returns false, and changes nothing, if the budget has fewer left.
    bool Take(int64_t bytes) {
      absl::MutexLock lock(&budget_.mutex_);
      if (bytes > budget_.total_ - budget_.held_) return false;
      budget_.held_ += bytes;
      held_ += bytes;
      return true;
    }

    // Gives back everything.
    void GiveBack() {
      absl::MutexLock lock(&budget_.mutex_);
      budget_.held_ -= held_;
      held_ = 0;
    }

   private:
    ByteBudget& budget_;
    int64_t held_ = 0;
  };

 private:
  const int64_t total_;
  absl::Mutex mutex_;
  int64_t held_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace actionmatch

#endif  // ACTIONMATCH_SERVER_CALLS_BYTE_BUDGET_H_
