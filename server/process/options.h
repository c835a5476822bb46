// The options of the server program: plain structs, filled from one table of flags and environment variables
// (options.cc). The table also makes --help.

#ifndef ACTIONMATCH_SERVER_PROCESS_OPTIONS_H_
#define ACTIONMATCH_SERVER_PROCESS_OPTIONS_H_

#include <cstdint>
#include <string>

#include "absl/time/time.h"
#include "core/spec/spec.h"

namespace actionmatch {

struct WorkOptions {
  std::string data_dir;                           // required
  int threads = 0;                                // of training; 0: as many as this process may use
  absl::Duration lease_time = absl::Seconds(15);  // another worker gets a job whose worker is silent this long
  int64_t in_memory_bytes = int64_t{256} << 20;   // larger datasets stay in their files (core/snapshots/row_windows.h)
  TrainingSpec::Device device = TrainingSpec::Device::kAuto;  // for jobs that say AUTO (core/device/device.h)
  std::string log_level = "info";
  std::string worker_id;    // the name under which the worker holds leases; empty: made from host and process
  bool supervised = false;  // standard input is the pipe whose end means that `serve` is gone
};

struct ServeOptions {
  std::string data_dir;                           // required
  std::string listen = "127.0.0.1:7447";          // port 0: any free one
  std::string metrics_listen = "127.0.0.1:7448";  // port 0: any free one
  int workers = 1;                                // the number of local worker processes to supervise
  int threads = 0;                                // that evaluate, sample and score; 0: as many as this process may use
  int64_t max_message_bytes = int64_t{16} << 20;  // of one request message
  int64_t max_calls = 256;                        // calls under way at once, streams included
  int64_t max_import_bytes = int64_t{256} << 20;  // the bytes that all imports of fields together may hold
  absl::Duration drain_time = absl::Seconds(20);  // how long SIGTERM waits for calls under way
  std::string log_level = "info";
  TrainingSpec::Device device = TrainingSpec::Device::kAuto;  // the device that samples trajectories
  WorkOptions work;                                           // for the local workers
};

struct Command {
  enum class Kind { kServe, kWork, kExit };
  Kind kind = Kind::kExit;
  int exit_code = 0;  // kExit: 0 after --help or --version, 2 for arguments that are not understood
  ServeOptions serve;
  WorkOptions work;
};

// Reads `actionmatchd serve|work [flags]` and ACTIONMATCH_* variables (a flag wins). An error on standard error names
// each bad value and says what is allowed.
Command ParseCommandLine(int argc, const char* const* argv);

// The device's word in --device.
const char* DeviceName(TrainingSpec::Device device);

// The number of threads that this process may use: as many as affinity and the cgroup's cpu.max allow, at least 1.
int UsableThreads();

}  // namespace actionmatch

#endif  // ACTIONMATCH_SERVER_PROCESS_OPTIONS_H_
