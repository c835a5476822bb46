#include "server/process/openmp.h"

#include <unistd.h>

#include <cstdlib>

namespace actionmatch {
namespace {

// A training step takes a little longer than with the default of 300000 on quiet processors, and a tenth of the time on
// shared ones.
constexpr char kSpins[] = "10000";

}  // namespace

bool LimitSpinning() {
  if (getenv("OMP_WAIT_POLICY") != nullptr || getenv("GOMP_SPINCOUNT") != nullptr) return false;
  return setenv("GOMP_SPINCOUNT", kSpins, 0) == 0;
}

void LimitOwnSpinning(char** argv) {
  if (LimitSpinning()) execv("/proc/self/exe", argv);
}

}  // namespace actionmatch
