// Telemetry: the figures of /metrics, in one registry.

#ifndef ACTIONMATCH_SERVER_MONITORING_TELEMETRY_H_
#define ACTIONMATCH_SERVER_MONITORING_TELEMETRY_H_

#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "prometheus/counter.h"
#include "prometheus/family.h"
#include "prometheus/gauge.h"
#include "prometheus/histogram.h"
#include "prometheus/registry.h"

namespace actionmatch {

class Executor;
class Store;
class Supervisor;

// Thread-safe.
class Telemetry {
 public:
  Telemetry();

  // method: "JobService/GetJob".
  void BeginCall(absl::string_view method);
  void EndCall(absl::string_view method, absl::StatusCode code, absl::Duration latency);
  // Counts the points and bytes that appended batches added: repeated batches add nothing.
  void CountIngested(int64_t points, int64_t bytes);

  // All figures in Prometheus' text format. Blocks on disk: the figures that the store keeps are read now. `supervisor`
  // may be null.
  std::string Render(Store& store, const Supervisor* supervisor, absl::Span<const Executor* const> executors)
      ABSL_LOCKS_EXCLUDED(render_mutex_);

 private:
  void ReadStore(Store& store);
  void ReadProcess();

  absl::Mutex render_mutex_;  // two calls at once would both raise a counter
  prometheus::Registry registry_;
  prometheus::Family<prometheus::Counter>& calls_;
  prometheus::Family<prometheus::Gauge>& calls_in_progress_;
  prometheus::Family<prometheus::Histogram>& call_seconds_;
  prometheus::Counter& ingested_points_;
  prometheus::Counter& ingested_bytes_;
  prometheus::Family<prometheus::Gauge>& jobs_;
  prometheus::Gauge& datasets_;
  prometheus::Gauge& fields_;
  prometheus::Counter& lease_losses_;
  prometheus::Counter& training_steps_;
  prometheus::Counter& training_seconds_;
  prometheus::Gauge& step_seconds_;
  prometheus::Gauge& loss_;
  prometheus::Gauge& held_out_distance_;
  prometheus::Family<prometheus::Gauge>& queue_depth_;
  prometheus::Counter& worker_restarts_;
  prometheus::Gauge& store_up_;
  prometheus::Gauge& free_bytes_;
  prometheus::Counter& cpu_seconds_;
  prometheus::Gauge& resident_bytes_;
  prometheus::Gauge& open_descriptors_;
  prometheus::Gauge& threads_;
};

}  // namespace actionmatch

#endif  // ACTIONMATCH_SERVER_MONITORING_TELEMETRY_H_
