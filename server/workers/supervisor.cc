#include "server/workers/supervisor.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "server/process/log.h"
#include "server/process/uid.h"
#include "server/store/store.h"

extern char** environ;

namespace actionmatch {
namespace {

constexpr absl::Duration kHealthyLife = absl::Minutes(1);

// Runs the command with `input` as its standard input, without other descriptors of ours, and with default signals.
int Spawn(std::vector<std::string> command, int input, pid_t* process) {
  std::vector<char*> arguments;
  arguments.reserve(command.size() + 1);
  for (std::string& argument : command) arguments.push_back(argument.data());
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
  posix_spawn_file_actions_addclosefrom_np(&actions, 3);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none;
  sigemptyset(&none);
  sigset_t all;
  sigfillset(&all);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &all);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  const int error = posix_spawn(process, arguments[0], &actions, &attributes, arguments.data(), environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  return error;
}

// Opens a descriptor that is readable once a child has ended. If there is none, the child is of no use, and is ended
// here.
int OpenProcess(pid_t process, int* pidfd) {
  *pidfd = static_cast<int>(syscall(SYS_pidfd_open, process, 0));
  if (*pidfd >= 0) return 0;
  const int error = errno;
  kill(process, SIGKILL);
  waitpid(process, nullptr, 0);
  return error;
}

}  // namespace

Supervisor::Supervisor(SupervisorOptions options, int wake)
    : options_(std::move(options)), wake_(wake), grace_(absl::ZeroDuration()) {
  for (int i = 0; i < options_.workers; ++i) {
    workers_.emplace_back();
    workers_.back().pause = options_.least_pause;
    workers_.back().start_at = absl::InfinitePast();
  }
  thread_ = std::thread([this] { Loop(); });
}

absl::StatusOr<std::unique_ptr<Supervisor>> Supervisor::Start(SupervisorOptions options) {
  const int wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (wake < 0) return absl::InternalError(absl::StrCat("eventfd: ", std::strerror(errno)));
  return std::unique_ptr<Supervisor>(new Supervisor(std::move(options), wake));
}

Supervisor::~Supervisor() {
  Stop(absl::ZeroDuration());
  close(wake_);
}

void Supervisor::Stop(absl::Duration grace) {
  if (!thread_.joinable()) return;
  grace_ = grace;
  stopping_ = true;
  eventfd_write(wake_, 1);
  thread_.join();
}

void Supervisor::StartWorker(Worker& worker) {
  worker.name = absl::StrCat("local-", getpid(), "-", ++started_, "-", NewUid().substr(0, 8));
  worker.started = absl::Now();
  std::vector<std::string> command = options_.command;
  command.insert(command.end(), {"--worker-id", worker.name});
  int ends[2] = {-1, -1};
  int error = pipe2(ends, O_CLOEXEC) == 0 ? 0 : errno;
  if (error == 0) {
    error = Spawn(command, ends[0], &worker.process);
    close(ends[0]);
  }
  if (error == 0) error = OpenProcess(worker.process, &worker.pidfd);
  if (error != 0) {
    if (ends[1] >= 0) close(ends[1]);
    LogError("worker_not_started", {{"worker", worker.name}, {"error", std::strerror(error)}});
    worker.process = 0;
    worker.start_at = absl::Now() + options_.most_pause;
    return;
  }
  worker.input = ends[1];
  LogInfo("worker_started", {{"worker", worker.name}, {"process", worker.process}});
}

void Supervisor::Reap(Worker& worker) {
  siginfo_t info = {};
  waitid(P_PID, static_cast<id_t>(worker.process), &info, WEXITED);
  const bool killed = info.si_code != CLD_EXITED;
  LogWarning("worker_ended", {{"worker", worker.name},
                              {"process", worker.process},
                              {killed ? "signal" : "exit_code", static_cast<int>(info.si_status)}});
  close(worker.pidfd);
  close(worker.input);
  worker.process = 0;
  worker.pidfd = worker.input = -1;
  if (absl::Now() - worker.started > kHealthyLife) worker.pause = options_.least_pause;
  worker.start_at = absl::Now() + worker.pause;
  worker.pause = std::min(worker.pause * 2, options_.most_pause);
  if (options_.on_exit) options_.on_exit(worker.name);
}

void Supervisor::SignalAll(int signal) {
  for (const Worker& worker : workers_) {
    if (worker.process != 0) kill(worker.process, signal);
  }
}

void Supervisor::Loop() {
  absl::Time kill_at = absl::InfiniteFuture();
  bool asked = false;
  for (;;) {
    if (stopping_ && !asked) {
      asked = true;
      kill_at = absl::Now() + grace_.load();
      SignalAll(SIGTERM);
    }
    if (absl::Now() >= kill_at) {
      kill_at = absl::InfiniteFuture();
      SignalAll(SIGKILL);
    }
    absl::Time wake_at = kill_at;
    std::vector<pollfd> events;
    if (!asked) events.push_back({wake_, POLLIN, 0});
    for (Worker& worker : workers_) {
      if (worker.process == 0 && !asked && worker.start_at <= absl::Now()) {
        if (started_ >= static_cast<int64_t>(workers_.size())) ++restarts_;
        StartWorker(worker);
      }
      if (worker.process != 0) {
        events.push_back({worker.pidfd, POLLIN, 0});
      } else if (!asked) {
        wake_at = std::min(wake_at, worker.start_at);
      }
    }
    if (asked && events.empty()) return;
    const absl::Duration wait = std::clamp(wake_at - absl::Now(), absl::ZeroDuration(), absl::Hours(1));
    poll(events.data(), events.size(), static_cast<int>(absl::ToInt64Milliseconds(wait)) + 1);
    for (Worker& worker : workers_) {
      const auto ended = [&](const pollfd& event) { return event.fd == worker.pidfd && (event.revents & POLLIN) != 0; };
      if (worker.process != 0 && std::any_of(events.begin(), events.end(), ended)) Reap(worker);
    }
  }
}

}  // namespace actionmatch
