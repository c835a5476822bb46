// Counter-based random numbers: a draw is a pure function of (seed, stream, counter), so it can be made again in any
// order, after a restart and on any number of threads.

#ifndef ACTIONMATCH_CORE_RANDOM_H_
#define ACTIONMATCH_CORE_RANDOM_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace actionmatch {

// The purpose of a stream of draws. Streams never share numbers.
enum class RandomStream : uint32_t {
  kWeights = 1,      // initial parameters
  kTimes = 2,        // offset of the low-discrepancy times
  kPairs = 3,        // which pairs of points a training step uses
  kBridge = 4,       // scatter around curves
  kHoldOut = 5,      // which rows are held out
  kPlanBlocks = 6,   // random blocks of large transport plans
  kFloor = 7,        // random parts behind the floor
  kSimulate = 8,     // simulated populations
  kProbes = 9,       // random directions of Laplacians and divergences
  kNoise = 10,       // increments of stochastic trajectories
  kResample = 11,    // which points a resampling keeps
  kMember = 12,      // seeds of an ensemble's members
  kDirections = 13,  // directions of sliced distances
  kWindows = 14,     // which rows of large data are in memory
  kPlanSample = 15,  // which points give a transport plan its first potentials
};

// Philox4x32-10 (Salmon et al., SC 2011): four uniform 32-bit words, independent for each counter and key.
std::array<uint32_t, 4> Philox4x32(std::array<uint32_t, 4> counter, std::array<uint32_t, 2> key);
// Philox4x32 with our key (seed) and counter (i, stream, j).
std::array<uint32_t, 4> Philox(uint64_t seed, RandomStream stream, uint64_t i, uint32_t j);

// The double in [0, 1) with 53 random bits from two words.
double ToUniform(uint32_t high, uint32_t low);

// A sequence of draws within one (seed, stream, i): cheap to make, so make one for each step, row or block.
// Not thread-safe; every thread makes its own.
class Random {
 public:
  Random(uint64_t seed, RandomStream stream, uint64_t i = 0) : seed_(seed), stream_(stream), i_(i) {}

  uint32_t Word();
  double Uniform();            // in [0, 1), 53 bits
  uint64_t Below(uint64_t n);  // in [0, n), n >= 1; unbiased
  double Normal();             // N(0, 1), Box-Muller

 private:
  const uint64_t seed_;
  const RandomStream stream_;
  const uint64_t i_;
  uint32_t block_ = 0;
  int used_ = 4;
  std::array<uint32_t, 4> words_{};
  bool has_spare_ = false;
  double spare_ = 0;
};

// Puts items in a random order; all orders are equally likely (Fisher & Yates).
template <typename T>
void Shuffle(Random& random, std::vector<T>* items) {
  for (size_t i = items->size(); i > 1; --i) std::swap((*items)[i - 1], (*items)[random.Below(i)]);
}

}  // namespace actionmatch

#endif  // ACTIONMATCH_CORE_RANDOM_H_
