// SIGTERM and SIGINT in both roles: the first signal asks to stop, the second exits at once with 1.

#ifndef ACTIONMATCH_SERVER_PROCESS_SIGNALS_H_
#define ACTIONMATCH_SERVER_PROCESS_SIGNALS_H_

#include <functional>

namespace actionmatch {

// Blocks the two signals for the calling thread and all threads that it makes. Call it first in main, before other
// threads.
void BlockStopSignals();

// Starts a thread that waits for the signals. The first signal calls `on_stop` in that thread. Call it once.
void WatchStopSignals(std::function<void()> on_stop);

}  // namespace actionmatch

#endif  // ACTIONMATCH_SERVER_PROCESS_SIGNALS_H_
