// The server's settings: plain structs filled from one table of flags and environment variables (options.cc), which
// also makes --help.

#ifndef ACTIONMATCH_SERVER_OPTIONS_H_
#define ACTIONMATCH_SERVER_OPTIONS_H_

#include <cstdint>
#include <string>

#include "absl/time/time.h"

namespace actionmatch {

struct WorkOptions {
  std::string data_dir;                           // required
  int threads = 0;                                // training threads; 0: what this process may use (affinity, cgroup)
  absl::Duration lease_time = absl::Seconds(15);  // a job whose worker is silent this long is given to another
  absl::Duration poll_interval = absl::Milliseconds(100);
  bool supervised = false;  // internal: standard input is the pipe whose end means that serve died
};

struct ServeOptions {
  std::string data_dir;                   // required
  std::string listen = "127.0.0.1:7447";  // port 0: any free one
  std::string metrics_listen = "127.0.0.1:7448";
  int workers = 1;                       // local worker processes to supervise, 0..64
  int threads = 0;                       // compute threads for evaluation, sampling, scores; 0: what may be used
  int64_t max_message_bytes = 16 << 20;  // of one request message
  int64_t max_concurrent_calls = 64;     // heavy calls at once; RESOURCE_EXHAUSTED beyond
  absl::Duration drain_time = absl::Seconds(20);  // how long SIGTERM waits for calls under way
  std::string log_level = "info";
  WorkOptions work;  // for the local workers
};

struct Command {
  enum class Kind { kServe, kWork, kExit };
  Kind kind = Kind::kExit;
  int exit_code = 0;  // kExit: help was printed, or arguments were bad
  ServeOptions serve;
  WorkOptions work;
};

// Reads `actionmatchd serve|work [flags]` and ACTIONMATCH_* variables (a flag wins). Bad values are reported on stderr
// with what is allowed, exit code 2.
Command ParseCommandLine(int argc, char** argv);

// How many threads this process may use: affinity and cgroup cpu.max, at least 1.
int UsableThreads();

}  // namespace actionmatch

#endif  // ACTIONMATCH_SERVER_OPTIONS_H_
