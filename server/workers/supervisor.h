// Supervisor: keeps the local worker processes of `serve` running.

#ifndef ACTIONMATCH_SERVER_WORKERS_SUPERVISOR_H_
#define ACTIONMATCH_SERVER_WORKERS_SUPERVISOR_H_

#include <sys/types.h>

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace actionmatch {

struct SupervisorOptions {
  int workers = 1;
  // The command of a worker; each worker gets two more arguments: --worker-id NAME. Its standard input is a pipe that
  // stays empty and that ends when this process ends, for whatever reason.
  std::vector<std::string> command;
  absl::Duration least_pause = absl::Milliseconds(100);  // before a worker is started again; it doubles, up to
  absl::Duration most_pause = absl::Seconds(5);          // this, while workers end within a minute
  // Called on the supervisor's thread when a worker has ended, with its name.
  std::function<void(absl::string_view worker)> on_exit;
};

// Workers are started by posix_spawn, never a bare fork: the process may have gRPC's threads. All of them are started
// from one thread, which also waits for their ends. Thread-safe.
class Supervisor {
 public:
  static absl::StatusOr<std::unique_ptr<Supervisor>> Start(SupervisorOptions options);
  // Stops if Stop was not called.
  ~Supervisor();

  // Asks the workers to stop (SIGTERM), waits for them, and kills those that are left after `grace`.
  void Stop(absl::Duration grace);

  int64_t restarts() const { return restarts_; }

 private:
  struct Worker {
    std::string name;
    pid_t process = 0;  // 0 while none runs
    int pidfd = -1;     // readable when the process has ended
    int input = -1;     // our end of the worker's standard input
    absl::Time started;
    absl::Duration pause;  // before the next start
    absl::Time start_at;   // while none runs
  };

  Supervisor(SupervisorOptions options, int wake);
  void Loop();
  void StartWorker(Worker& worker);
  void Reap(Worker& worker);
  void SignalAll(int signal);

  const SupervisorOptions options_;
  const int wake_;  // eventfd: Stop was called
  std::atomic<int64_t> restarts_ = 0;
  std::atomic<bool> stopping_ = false;
  std::atomic<absl::Duration> grace_;
  int64_t started_ = 0;  // started_ and workers_ are used on thread_ only
  std::vector<Worker> workers_;
  std::thread thread_;
};

}  // namespace actionmatch

#endif  // ACTIONMATCH_SERVER_WORKERS_SUPERVISOR_H_
