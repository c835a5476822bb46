// Points for tests of distances and plans.

#ifndef ACTIONMATCH_TESTS_CORE_TRANSPORT_CLOUD_H_
#define ACTIONMATCH_TESTS_CORE_TRANSPORT_CLOUD_H_

#include <cstdint>

#include "core/points.h"
#include "core/random.h"

namespace actionmatch {

// Standard normal in each component, moved by `shift`.
inline Points Cloud(int64_t n, int64_t dimension, uint64_t seed, double shift = 0) {
  Random random(seed, RandomStream::kSimulate);
  Points points{dimension, {}};
  for (int64_t i = 0; i < n * dimension; ++i) points.values.push_back(random.Normal() + shift);
  return points;
}

}  // namespace actionmatch

#endif  // ACTIONMATCH_TESTS_CORE_TRANSPORT_CLOUD_H_
