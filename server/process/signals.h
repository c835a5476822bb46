// SIGTERM and SIGINT, as both roles take them: the first asks to stop, the second exits at once with 1.

#ifndef ACTIONMATCH_SERVER_PROCESS_SIGNALS_H_
#define ACTIONMATCH_SERVER_PROCESS_SIGNALS_H_

#include <functional>

namespace actionmatch {

// Blocks the two signals for the calling thread and all that it makes. Call it first in main, before other threads.
void BlockStopSignals();

// From then on a thread of its own waits for the signals: the first calls `on_stop` there. Call it once.
void WatchStopSignals(std::function<void()> on_stop);

}  // namespace actionmatch

#endif  // ACTIONMATCH_SERVER_PROCESS_SIGNALS_H_
