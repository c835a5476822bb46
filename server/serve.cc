#include "server/serve.h"

#include <ATen/Parallel.h>
#include <grpc/support/log.h>
#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/health_check_service_interface.h>

#include <chrono>
#include <cstdio>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "core/device/device.h"
#include "server/calls/call.h"
#include "server/monitoring/metrics_port.h"
#include "server/monitoring/telemetry.h"
#include "server/process/blas.h"
#include "server/process/device_flag.h"
#include "server/process/executor.h"
#include "server/process/log.h"
#include "server/process/signals.h"
#include "server/services/dataset_service.h"
#include "server/services/field_cache.h"
#include "server/services/field_service.h"
#include "server/services/job_service.h"
#include "server/services/trajectory_service.h"
#include "server/store/store.h"
#include "server/workers/supervisor.h"

namespace actionmatch {
namespace {

constexpr int kDiskThreads = 8;
constexpr int kKeepaliveMillis = 60000;
constexpr int kKeepaliveTimeoutMillis = 20000;
constexpr int kMinPingMillis = 10000;  // callers that ping more often are cut off
constexpr int kComputeNiceness = 5;
constexpr std::chrono::milliseconds kGoodbye(200);  // the time that answers on their way have to arrive
constexpr absl::Duration kOrphanAge = absl::Hours(1);
constexpr int64_t kFieldCacheBytes = int64_t{512} << 20;

ExecutorOptions DiskOptions() {
  ExecutorOptions disk;
  disk.name = "disk";
  disk.threads = kDiskThreads;
  return disk;
}

ExecutorOptions ComputeOptions(const ServeOptions& options) {
  ExecutorOptions compute;
  compute.name = "compute";
  compute.threads = options.threads;
  compute.niceness = kComputeNiceness;
  // Calls run side by side, and each keeps to its own thread.
  compute.on_thread_start = [] { at::set_num_threads(1); };
  return compute;
}

SupervisorOptions WorkerOptions(const ServeOptions& options, Store& store) {
  SupervisorOptions supervisor;
  supervisor.workers = options.workers;
  supervisor.command = {"/proc/self/exe",
                        "work",
                        "--supervised",
                        "--data-dir",
                        options.data_dir,
                        "--training-threads",
                        absl::StrCat(options.work.threads),
                        "--lease-time",
                        absl::StrCat(absl::ToDoubleSeconds(options.work.lease_time)),
                        "--in-memory-bytes",
                        absl::StrCat(options.work.in_memory_bytes),
                        "--device",
                        DeviceName(options.work.device),
                        "--log-level",
                        options.log_level};
  supervisor.on_exit = [&store](absl::string_view worker) {
    if (absl::Status status = store.ExpireLeases(worker); !status.ok()) {
      LogWarning("leases_not_expired", {{"worker", worker}, {"error", status.message()}});
    }
  };
  return supervisor;
}

// Logs gRPC's messages in our form. An error of gRPC is at most a warning: one that matters also comes back as a
// status.
void LogOfGrpc(gpr_log_func_args* said) {
  const auto log = said->severity == GPR_LOG_SEVERITY_ERROR  ? LogWarning
                   : said->severity == GPR_LOG_SEVERITY_INFO ? LogInfo
                                                             : LogDebug;
  log("grpc", {{"file", said->file}, {"line", said->line}, {"message", said->message}});
}

// All parts of the server, in the order in which they start; they end in the reverse order.
struct Serving {
  Serving(const ServeOptions& options, std::unique_ptr<Store> opened)
      : store(std::move(opened)),
        disk(DiskOptions()),
        compute(ComputeOptions(options)),
        runtime(telemetry, disk, compute, options.max_calls),
        fields(*store, kFieldCacheBytes),
        dataset_service(runtime, *store),
        job_service(runtime, *store),
        field_service(runtime, *store, fields, options.max_message_bytes, options.max_import_bytes),
        trajectory_service(runtime, *store, fields, AutomaticDevice(options.device)) {}

  void SetHealth(bool serving) {
    grpc::HealthCheckServiceInterface* health = server->GetHealthCheckService();
    for (const char* service : {"", "actionmatch.v1.DatasetService", "actionmatch.v1.JobService",
                                "actionmatch.v1.FieldService", "actionmatch.v1.TrajectoryService"}) {
      health->SetServingStatus(service, serving);
    }
  }

  const std::unique_ptr<Store> store;
  Telemetry telemetry;
  Executor disk;
  Executor compute;
  CallRuntime runtime;
  FieldCache fields;
  DatasetServiceImpl dataset_service;
  JobServiceImpl job_service;
  FieldServiceImpl field_service;
  TrajectoryServiceImpl trajectory_service;
  std::unique_ptr<Supervisor> supervisor;
  std::unique_ptr<HttpServer> http;
  std::unique_ptr<grpc::Server> server;
};

// Listens for calls. Returns the port that was bound.
absl::StatusOr<int> Listen(const ServeOptions& options, Serving* serving) {
  grpc::EnableDefaultHealthCheckService(true);
  grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort(options.listen, grpc::InsecureServerCredentials(), &port);
  // Two servers must not share a port unnoticed.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  // The server pings a peer after a minute of silence, whether or not it has calls under way, so that the calls of a
  // peer that vanished end. Callers may ping too.
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveMillis);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveTimeoutMillis);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, kMinPingMillis);
  builder.SetMaxReceiveMessageSize(static_cast<int>(options.max_message_bytes));
  builder.RegisterService(&serving->dataset_service);
  builder.RegisterService(&serving->job_service);
  builder.RegisterService(&serving->field_service);
  builder.RegisterService(&serving->trajectory_service);
  serving->server = builder.BuildAndStart();
  if (serving->server == nullptr || port == 0) {
    return absl::UnavailableError(
        absl::StrCat("cannot listen on ", options.listen, " (--listen): the port is in use or the host is not ours"));
  }
  return port;
}

absl::Status Start(const ServeOptions& options, Serving* serving) {
  Store& store = *serving->store;
  const absl::StatusOr<int> port = Listen(options, serving);
  if (!port.ok()) return port.status();
  // Only once the port is ours: before, another server may be at work on this folder.
  serving->disk.Run([&store] {
    if (absl::Status status = store.RemoveOrphans(kOrphanAge); !status.ok()) {
      LogWarning("orphans_not_removed", {{"error", status.message()}});
    }
  });
  if (options.workers > 0) {
    absl::StatusOr<std::unique_ptr<Supervisor>> supervisor = Supervisor::Start(WorkerOptions(options, store));
    if (!supervisor.ok()) return supervisor.status();
    serving->supervisor = *std::move(supervisor);
  }
  HttpPages pages;
  pages.metrics = [serving, &store] {
    return serving->telemetry.Render(store, serving->supervisor.get(), {&serving->disk, &serving->compute});
  };
  pages.ready = [serving, &store] {
    if (serving->runtime.draining()) return absl::UnavailableError("draining");
    return store.Check();
  };
  absl::StatusOr<std::unique_ptr<HttpServer>> http = HttpServer::Start(options.metrics_listen, std::move(pages));
  if (!http.ok()) return http.status();
  serving->http = *std::move(http);
  serving->SetHealth(true);
  const std::string address = absl::StrCat(options.listen.substr(0, options.listen.rfind(':')), ":", *port);
  LogInfo("ready", {{"listen", address},
                    {"metrics", serving->http->address()},
                    {"data_dir", options.data_dir},
                    {"workers", options.workers},
                    {"threads", options.threads},
                    {"device", DeviceName(AutomaticDevice(options.device))},
                    {"version", ACTIONMATCH_VERSION}});
  std::printf("actionmatchd ready listen=%s metrics=%s\n", address.c_str(), serving->http->address().c_str());
  std::fflush(stdout);
  return absl::OkStatus();
}

void Drain(const ServeOptions& options, Serving* serving) {
  LogInfo("draining", {{"seconds", absl::ToDoubleSeconds(options.drain_time)}});
  serving->SetHealth(false);
  // Workers let go of their jobs while calls finish.
  std::thread stop_workers([&] {
    if (serving->supervisor != nullptr) serving->supervisor->Stop(options.drain_time);
  });
  serving->runtime.Drain(options.drain_time);
  // Cancels the calls that are left. A shutdown without a deadline would wait seconds for idle connections alone.
  serving->server->Shutdown(std::chrono::system_clock::now() + kGoodbye);
  serving->server->Wait();
  stop_workers.join();
}

}  // namespace

int RunServe(const ServeOptions& options) {
  SetUpLog("serve", options.log_level);
  gpr_set_log_function(LogOfGrpc);
  BlockStopSignals();
  absl::Notification stop;
  WatchStopSignals([&] { stop.Notify(); });
  if (absl::Status status = CheckDevice(options.device); !status.ok()) {
    LogError("start_failed", {{"error", status.message()}});
    return 1;
  }
  absl::StatusOr<std::unique_ptr<Store>> store = Store::Open(options.data_dir);
  if (!store.ok()) {
    LogError("start_failed", {{"error", store.status().message()}});
    return 1;
  }
  LogBlas();
  Serving serving(options, *std::move(store));
  if (absl::Status status = Start(options, &serving); !status.ok()) {
    LogError("start_failed", {{"error", status.message()}});
    return 1;
  }
  stop.WaitForNotification();
  Drain(options, &serving);
  LogInfo("stopped");
  return 0;
}

}  // namespace actionmatch
