#include "server/workers/worker.h"

#include <sys/resource.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <memory>
#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "core/device/device.h"
#include "server/process/blas.h"
#include "server/process/device_flag.h"
#include "server/process/log.h"
#include "server/process/signals.h"
#include "server/process/uid.h"
#include "server/store/store.h"
#include "server/workers/train_job.h"

namespace actionmatch {
namespace {

constexpr absl::Duration kPollInterval = absl::Milliseconds(100);
constexpr absl::Duration kPauseAfterError = absl::Seconds(1);

// Training yields to serving: it has lower priority, and is killed first when memory runs out.
void GiveWay() {
  if (nice(10) == -1) LogDebug("nice_refused");
  std::ofstream("/proc/self/oom_score_adj") << 500;
  const rlimit none = {0, 0};
  setrlimit(RLIMIT_CORE, &none);
}

void ExitWhenInputEnds() {
  std::thread([] {
    char byte = 0;
    while (read(STDIN_FILENO, &byte, 1) > 0) {
    }
    _exit(0);
  }).detach();
}

std::string DefaultWorkerId() {
  char host[256] = "";
  gethostname(host, sizeof(host) - 1);
  return absl::StrCat(host, "-", getpid(), "-", NewUid().substr(0, 8));
}

}  // namespace

int RunWork(const WorkOptions& options) {
  SetUpLog("work", options.log_level);
  BlockStopSignals();
  std::atomic<bool> stop = false;
  absl::Notification stopped;
  WatchStopSignals([&] {
    stop = true;
    stopped.Notify();
  });
  GiveWay();
  if (options.supervised) ExitWhenInputEnds();

  if (absl::Status status = CheckDevice(options.device); !status.ok()) {
    LogError("start_failed", {{"error", status.message()}});
    return 1;
  }
  absl::StatusOr<std::unique_ptr<Store>> store = Store::Open(options.data_dir);
  if (!store.ok()) {
    LogError("start_failed", {{"error", store.status().message()}});
    return 1;
  }
  const std::string worker = options.worker_id.empty() ? DefaultWorkerId() : options.worker_id;
  LogInfo("ready", {{"worker", worker},
                    {"data_dir", options.data_dir},
                    {"threads", options.threads},
                    {"device", DeviceName(AutomaticDevice(options.device))}});
  LogBlas();

  while (!stop) {
    absl::StatusOr<std::optional<ClaimedJob>> claimed = (*store)->ClaimJob(worker, options.lease_time);
    if (!claimed.ok()) LogWarning("claim_failed", {{"error", claimed.status().message()}});
    if (!claimed.ok() || !claimed->has_value()) {
      stopped.WaitForNotificationWithTimeout(claimed.ok() ? kPollInterval : kPauseAfterError);
      continue;
    }
    const Lease& lease = (*claimed)->lease;
    LogInfo("job_claimed", {{"job", lease.job},
                            {"attempt", lease.attempt},
                            {"dataset", (*claimed)->job.dataset()},
                            {"request_id", (*claimed)->call}});
    const absl::Time start = absl::Now();
    const absl::Status status = TrainJob(**store, **claimed, options, stop);
    LogInfo("job_left", {{"job", lease.job},
                         {"attempt", lease.attempt},
                         {"code", absl::StatusCodeToString(status.code())},
                         {"seconds", absl::ToDoubleSeconds(absl::Now() - start)},
                         {"request_id", (*claimed)->call},
                         {"message", status.message()}});
    if (absl::IsUnavailable(status)) stopped.WaitForNotificationWithTimeout(kPauseAfterError);
  }
  LogInfo("stopped");
  // Detached threads may still use what main would destroy.
  _exit(0);
}

}  // namespace actionmatch
