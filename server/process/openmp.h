// The way in which OpenMP's threads, which multiply matrices, wait for each other.

#ifndef ACTIONMATCH_SERVER_PROCESS_OPENMP_H_
#define ACTIONMATCH_SERVER_PROCESS_OPENMP_H_

namespace actionmatch {

// In processes that this one starts, makes OpenMP's threads spin for a shorter time before they sleep: on processors
// that are shared with others, the spinning that is OpenMP's default takes a training step from 10 ms to 500. Leaves
// the environment's own OMP_WAIT_POLICY or GOMP_SPINCOUNT alone. Returns whether it changed the environment. Call it
// before other threads are made.
bool LimitSpinning();

// Does as LimitSpinning for this process. OpenMP reads the environment when it is loaded, so the program is started
// anew with the same arguments. Returns if nothing needs to change or a new start is not possible.
void LimitOwnSpinning(char** argv);

}  // namespace actionmatch

#endif  // ACTIONMATCH_SERVER_PROCESS_OPENMP_H_
