// The `work` role: claims jobs and trains them, one at a time.

#ifndef ACTIONMATCH_SERVER_WORKERS_WORKER_H_
#define ACTIONMATCH_SERVER_WORKERS_WORKER_H_

#include "server/process/options.h"

namespace actionmatch {

// Blocks until SIGTERM or SIGINT. The signal stops a running job before its next step and releases it for the next
// worker; a second signal exits at once. If the worker is supervised, the end of standard input exits at once too:
// fencing makes that safe. Returns the exit code: 0 when asked to stop, 1 if the device cannot be used or the store
// cannot be opened (the reason is logged). Call it once, from the main thread, before any other thread is made.
int RunWork(const WorkOptions& options);

}  // namespace actionmatch

#endif  // ACTIONMATCH_SERVER_WORKERS_WORKER_H_
