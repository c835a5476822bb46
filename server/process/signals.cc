#include "server/process/signals.h"

#include <unistd.h>

#include <csignal>
#include <thread>
#include <utility>

namespace actionmatch {
namespace {

sigset_t StopSignals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  return set;
}

}  // namespace

void BlockStopSignals() {
  const sigset_t set = StopSignals();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

void WatchStopSignals(std::function<void()> on_stop) {
  std::thread([on_stop = std::move(on_stop)] {
    const sigset_t set = StopSignals();
    int signal = 0;
    sigwait(&set, &signal);
    on_stop();
    sigwait(&set, &signal);
    _exit(1);
  }).detach();
}

}  // namespace actionmatch
