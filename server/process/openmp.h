// How OpenMP's threads, which multiply matrices, wait for each other.

#ifndef ACTIONMATCH_SERVER_PROCESS_OPENMP_H_
#define ACTIONMATCH_SERVER_PROCESS_OPENMP_H_

namespace actionmatch {

// Makes them spin for a shorter time before they sleep, in processes that this one starts: on processors that are
// shared with others, spinning as long as OpenMP does by itself takes a training step from 10 ms to 500. Leaves the
// environment's own OMP_WAIT_POLICY or GOMP_SPINCOUNT alone. Returns whether it changed the environment. Call it before
// other threads are made.
bool LimitSpinning();

// The same for this process: OpenMP reads the environment when it is loaded, so the program is started anew with the
// same arguments, unless nothing needs to change. Returns if that is not possible.
void LimitOwnSpinning(char** argv);

}  // namespace actionmatch

#endif  // ACTIONMATCH_SERVER_PROCESS_OPENMP_H_
