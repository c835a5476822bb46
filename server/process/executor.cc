#include "server/process/executor.h"

#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "absl/time/clock.h"

namespace actionmatch {
namespace {

// Makes the calling thread nicer. On Linux niceness belongs to a thread, and the threads that it makes inherit it.
void AddNiceness(int niceness) {
  if (niceness == 0) return;
  const auto thread = static_cast<id_t>(syscall(SYS_gettid));
  setpriority(PRIO_PROCESS, thread, getpriority(PRIO_PROCESS, thread) + niceness);
}

}  // namespace

Executor::Executor(ExecutorOptions options) : options_(std::move(options)) {
  for (int i = 0; i < options_.threads; ++i) {
    threads_.emplace_back([this] {
      AddNiceness(options_.niceness);
      if (options_.on_thread_start) options_.on_thread_start();
      Loop();
    });
  }
}

Executor::~Executor() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
    changed_.SignalAll();
  }
  for (std::thread& thread : threads_) thread.join();
}

void Executor::Run(std::function<void()> task) {
  absl::MutexLock lock(&mutex_);
  ready_.push_back(std::move(task));
  changed_.Signal();
}

void Executor::RunAfter(absl::Duration delay, std::function<void()> task) {
  absl::MutexLock lock(&mutex_);
  later_.emplace(absl::Now() + delay, std::move(task));
  changed_.Signal();
}

int64_t Executor::waiting() const {
  absl::MutexLock lock(&mutex_);
  return static_cast<int64_t>(ready_.size());
}

int Executor::FairThreads() const {
  absl::MutexLock lock(&mutex_);
  return std::max(1, options_.threads / std::max(1, running_ + static_cast<int>(ready_.size())));
}

void Executor::MoveDue() {
  const absl::Time now = absl::Now();
  while (!later_.empty() && later_.begin()->first <= now) {
    ready_.push_back(std::move(later_.begin()->second));
    later_.erase(later_.begin());
  }
}

void Executor::Loop() {
  absl::MutexLock lock(&mutex_);
  while (!stopping_) {
    MoveDue();
    if (ready_.empty()) {
      changed_.WaitWithDeadline(&mutex_, later_.empty() ? absl::InfiniteFuture() : later_.begin()->first);
      continue;
    }
    std::function<void()> task = std::move(ready_.front());
    ready_.pop_front();
    // Several tasks may have come due together: wake another thread.
    if (!ready_.empty()) changed_.Signal();
    ++running_;
    mutex_.Unlock();
    task();
    task = nullptr;
    mutex_.Lock();
    --running_;
  }
}

}  // namespace actionmatch
