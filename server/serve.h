// The `serve` role: answers calls until it is told to stop.

#ifndef ACTIONMATCH_SERVER_SERVE_H_
#define ACTIONMATCH_SERVER_SERVE_H_

#include "server/process/options.h"

namespace actionmatch {

// Opens the store, listens, starts the local workers, and prints one line to standard output once it answers calls:
//   actionmatchd ready listen=HOST:PORT metrics=HOST:PORT
// with the ports that were bound. Blocks. SIGTERM or SIGINT drains: health says NOT_SERVING, /readyz says 503, new
// calls are UNAVAILABLE, and calls under way have options.drain_time to finish. A second signal exits at once with 1.
// Returns the exit code: 0 after a drain, 1 if the server could not start (the reason is logged). Call it once, from
// the main thread, before any other thread is made: it blocks those signals for all later threads.
int RunServe(const ServeOptions& options);

}  // namespace actionmatch

#endif  // ACTIONMATCH_SERVER_SERVE_H_
