#include "server/monitoring/telemetry.h"

#include <sys/resource.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "prometheus/text_serializer.h"
#include "server/process/executor.h"
#include "server/process/log.h"
#include "server/store/store.h"
#include "server/workers/supervisor.h"

namespace actionmatch {
namespace {

const prometheus::Histogram::BucketBoundaries& LatencyBuckets() {
  static const auto* buckets = new prometheus::Histogram::BucketBoundaries{
      0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300};
  return *buckets;
}

prometheus::Family<prometheus::Counter>& Counters(prometheus::Registry& registry, const char* name, const char* help) {
  return prometheus::BuildCounter().Name(name).Help(help).Register(registry);
}
prometheus::Family<prometheus::Gauge>& Gauges(prometheus::Registry& registry, const char* name, const char* help) {
  return prometheus::BuildGauge().Name(name).Help(help).Register(registry);
}
prometheus::Counter& OneCounter(prometheus::Registry& registry, const char* name, const char* help) {
  return Counters(registry, name, help).Add({});
}
prometheus::Gauge& OneGauge(prometheus::Registry& registry, const char* name, const char* help) {
  return Gauges(registry, name, help).Add({});
}

// Raises a counter to a total that is kept elsewhere. The counter never goes back.
void RaiseTo(prometheus::Counter& counter, double total) {
  const double missing = total - counter.Value();
  if (missing > 0) counter.Increment(missing);
}

std::string StateLabel(v1::Job::State state) {
  return absl::AsciiStrToLower(v1::Job::State_Name(state).substr(sizeof("STATE_") - 1));
}

}  // namespace

Telemetry::Telemetry()
    : calls_(Counters(registry_, "actionmatch_calls_total", "Calls that ended, by method and status code.")),
      calls_in_progress_(
          Gauges(registry_, "actionmatch_calls_in_progress", "Calls that have arrived and not ended, by method.")),
      call_seconds_(prometheus::BuildHistogram()
                        .Name("actionmatch_call_duration_seconds")
                        .Help("Time from a call's arrival to its end, by method and status code.")
                        .Register(registry_)),
      ingested_points_(OneCounter(registry_, "actionmatch_ingested_points_total",
                                  "Points that appended snapshot batches added; repeats add none.")),
      ingested_bytes_(OneCounter(registry_, "actionmatch_ingested_bytes_total", "Bytes of those points.")),
      jobs_(Gauges(registry_, "actionmatch_jobs", "Jobs in the store, by state.")),
      datasets_(OneGauge(registry_, "actionmatch_datasets", "Datasets in the store.")),
      fields_(OneGauge(registry_, "actionmatch_fields", "Fields in the store.")),
      lease_losses_(OneCounter(registry_, "actionmatch_lease_losses_total",
                               "Jobs that another worker had to take over because theirs was lost.")),
      training_steps_(
          OneCounter(registry_, "actionmatch_training_steps_total", "Training steps taken, over all jobs.")),
      training_seconds_(
          OneCounter(registry_, "actionmatch_training_seconds_total", "Time spent in training steps, over all jobs.")),
      step_seconds_(OneGauge(registry_, "actionmatch_training_step_seconds",
                             "Seconds a training step took, in the progress recorded last.")),
      loss_(OneGauge(registry_, "actionmatch_training_loss",
                     "Loss in the progress recorded last. Its minimum is unknown: see the held-out distance.")),
      held_out_distance_(OneGauge(registry_, "actionmatch_training_held_out_distance",
                                  "Mean W1 on held-out rows in the progress recorded last, in data units.")),
      queue_depth_(Gauges(registry_, "actionmatch_queue_depth", "Tasks that wait for a thread, by kind of thread.")),
      worker_restarts_(OneCounter(registry_, "actionmatch_worker_restarts_total",
                                  "Local worker processes that were started in place of one that ended.")),
      store_up_(OneGauge(registry_, "actionmatch_store_up", "1 if the store answered this scrape, else 0.")),
      free_bytes_(OneGauge(registry_, "actionmatch_data_free_bytes",
                           "Bytes left on the data folder's disk: at 0, what stores something is refused.")),
      cpu_seconds_(OneCounter(registry_, "process_cpu_seconds_total", "Processor time of this process, in seconds.")),
      resident_bytes_(OneGauge(registry_, "process_resident_memory_bytes", "Resident memory of this process.")),
      open_descriptors_(OneGauge(registry_, "process_open_fds", "Open file descriptors of this process.")),
      threads_(OneGauge(registry_, "process_threads", "Threads of this process.")) {
  Gauges(registry_, "actionmatch_build_info", "1, with the program's version.")
      .Add({{"version", ACTIONMATCH_VERSION}})
      .Set(1);
  OneGauge(registry_, "process_start_time_seconds", "When this process started, in seconds since 1970.")
      .Set(absl::ToDoubleSeconds(absl::Now() - absl::UnixEpoch()));
}

void Telemetry::BeginCall(absl::string_view method) {
  calls_in_progress_.Add({{"method", std::string(method)}}).Increment();
}

void Telemetry::EndCall(absl::string_view method, absl::StatusCode code, absl::Duration latency) {
  const prometheus::Labels labels = {{"method", std::string(method)}, {"code", absl::StatusCodeToString(code)}};
  calls_.Add(labels).Increment();
  call_seconds_.Add(labels, LatencyBuckets()).Observe(absl::ToDoubleSeconds(latency));
  // Decremented last, so that a reader who sees that a call is over finds it counted.
  calls_in_progress_.Add({{"method", std::string(method)}}).Decrement();
}

void Telemetry::CountIngested(int64_t points, int64_t bytes) {
  ingested_points_.Increment(static_cast<double>(points));
  ingested_bytes_.Increment(static_cast<double>(bytes));
}

void Telemetry::ReadStore(Store& store) {
  const absl::StatusOr<Store::Counts> counts = store.Count();
  store_up_.Set(counts.ok() ? 1 : 0);
  if (!counts.ok()) {
    LogWarning("store_not_counted", {{"error", counts.status().message()}});
    return;
  }
  for (const auto& [state, count] : counts->jobs) {
    jobs_.Add({{"state", StateLabel(state)}}).Set(static_cast<double>(count));
  }
  datasets_.Set(static_cast<double>(counts->datasets));
  fields_.Set(static_cast<double>(counts->fields));
  free_bytes_.Set(static_cast<double>(counts->free_bytes));
  RaiseTo(lease_losses_, static_cast<double>(counts->lease_losses));
  RaiseTo(training_steps_, static_cast<double>(counts->training_steps));
  RaiseTo(training_seconds_, counts->training_seconds);
  if (!counts->latest_progress) return;
  step_seconds_.Set(counts->latest_progress->step_seconds());
  loss_.Set(counts->latest_progress->loss());
  double sum = 0;
  for (const v1::SnapshotScore& score : counts->latest_progress->scores()) sum += score.w1();
  const int scores = counts->latest_progress->scores_size();
  held_out_distance_.Set(scores > 0 ? sum / scores : std::numeric_limits<double>::quiet_NaN());
}

void Telemetry::ReadProcess() {
  rusage usage = {};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) { return static_cast<double>(time.tv_sec) + 1e-6 * time.tv_usec; };
  RaiseTo(cpu_seconds_, seconds(usage.ru_utime) + seconds(usage.ru_stime));
  int64_t pages = 0;
  std::ifstream statm("/proc/self/statm");
  if (statm >> pages >> pages) resident_bytes_.Set(static_cast<double>(pages * sysconf(_SC_PAGESIZE)));
  const auto entries = [](const char* folder) {
    std::error_code error;
    const std::filesystem::directory_iterator begin(folder, error);
    return error ? 0.0 : static_cast<double>(std::distance(begin, {}));
  };
  open_descriptors_.Set(entries("/proc/self/fd"));
  threads_.Set(entries("/proc/self/task"));
}

std::string Telemetry::Render(Store& store, const Supervisor* supervisor, absl::Span<const Executor* const> executors) {
  absl::MutexLock lock(&render_mutex_);
  ReadStore(store);
  ReadProcess();
  if (supervisor != nullptr) RaiseTo(worker_restarts_, static_cast<double>(supervisor->restarts()));
  for (const Executor* executor : executors) {
    queue_depth_.Add({{"threads", executor->name()}}).Set(static_cast<double>(executor->waiting()));
  }
  return prometheus::TextSerializer().Serialize(registry_.Collect());
}

}  // namespace actionmatch
