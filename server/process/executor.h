// Executor: the threads on which calls do work that may block. Disk and computation never run in a gRPC reaction.

#ifndef ACTIONMATCH_SERVER_PROCESS_EXECUTOR_H_
#define ACTIONMATCH_SERVER_PROCESS_EXECUTOR_H_

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace actionmatch {

struct ExecutorOptions {
  std::string name;  // in metrics: "disk", "compute"
  int threads = 1;   // at least 1
  int niceness = 0;  // added to each thread's niceness, so that other threads come first
  std::function<void()> on_thread_start;
};

// Thread-safe. Tasks must not throw.
class Executor {
 public:
  explicit Executor(ExecutorOptions options);
  // Drops the tasks that still wait, and waits for the tasks that run.
  ~Executor();
  Executor(const Executor&) = delete;
  Executor& operator=(const Executor&) = delete;

  // Runs the task as soon as a thread is free. Never refuses: call.h limits how many tasks wait.
  void Run(std::function<void()> task) ABSL_LOCKS_EXCLUDED(mutex_);
  // Runs the task as Run does, but not before `delay` has passed. Holds no thread meanwhile.
  void RunAfter(absl::Duration delay, std::function<void()> task) ABSL_LOCKS_EXCLUDED(mutex_);

  // The number of tasks that are ready and wait for a thread.
  int64_t waiting() const ABSL_LOCKS_EXCLUDED(mutex_);
  // The number of threads that a task that runs now may use, so that all tasks together use about as many as there are.
  int FairThreads() const ABSL_LOCKS_EXCLUDED(mutex_);
  const std::string& name() const { return options_.name; }

 private:
  void Loop() ABSL_LOCKS_EXCLUDED(mutex_);
  void MoveDue() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const ExecutorOptions options_;
  mutable absl::Mutex mutex_;
  absl::CondVar changed_;
  std::deque<std::function<void()>> ready_ ABSL_GUARDED_BY(mutex_);
  std::multimap<absl::Time, std::function<void()>> later_ ABSL_GUARDED_BY(mutex_);
  int running_ ABSL_GUARDED_BY(mutex_) = 0;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::thread> threads_;  // constant after construction
};

}  // namespace actionmatch

#endif  // ACTIONMATCH_SERVER_PROCESS_EXECUTOR_H_
