#include "core/random.h"

#include <cmath>

namespace actionmatch {
namespace {

constexpr uint32_t kMul0 = 0xD2511F53, kMul1 = 0xCD9E8D57;    // multipliers
constexpr uint32_t kWeyl0 = 0x9E3779B9, kWeyl1 = 0xBB67AE85;  // key increments
constexpr double kTwoPi = 6.283185307179586;

}  // namespace

std::array<uint32_t, 4> Philox4x32(std::array<uint32_t, 4> counter, std::array<uint32_t, 2> key) {
  for (int round = 0; round < 10; ++round) {
    const uint64_t p0 = uint64_t{kMul0} * counter[0];
    const uint64_t p1 = uint64_t{kMul1} * counter[2];
    counter = {static_cast<uint32_t>(p1 >> 32) ^ counter[1] ^ key[0], static_cast<uint32_t>(p1),
               static_cast<uint32_t>(p0 >> 32) ^ counter[3] ^ key[1], static_cast<uint32_t>(p0)};
    key[0] += kWeyl0;
    key[1] += kWeyl1;
  }
  return counter;
}

std::array<uint32_t, 4> Philox(uint64_t seed, RandomStream stream, uint64_t i, uint32_t j) {
  return Philox4x32({static_cast<uint32_t>(i), static_cast<uint32_t>(i >> 32), static_cast<uint32_t>(stream), j},
                    {static_cast<uint32_t>(seed), static_cast<uint32_t>(seed >> 32)});
}

double ToUniform(uint32_t high, uint32_t low) {
  return static_cast<double>((uint64_t{high} << 21) | (low >> 11)) * 0x1.0p-53;
}

uint32_t Random::Word() {
  if (used_ == 4) {
    words_ = Philox(seed_, stream_, i_, block_++);
    used_ = 0;
  }
  return words_[used_++];
}

double Random::Uniform() {
  const uint32_t high = Word();
  return ToUniform(high, Word());
}

uint64_t Random::Below(uint64_t n) {
  // Rejects the short last stretch of the range, so that all values are equally likely.
  const uint64_t limit = UINT64_MAX - UINT64_MAX % n;
  for (;;) {
    const uint64_t high = Word();
    const uint64_t value = (high << 32) | Word();
    if (value < limit) return value % n;
  }
}

double Random::Normal() {
  if (has_spare_) {
    has_spare_ = false;
    return spare_;
  }
  const double radius = std::sqrt(-2 * std::log(1 - Uniform()));
  const double angle = kTwoPi * Uniform();
  spare_ = radius * std::sin(angle);
  has_spare_ = true;
  return radius * std::cos(angle);
}

}  // namespace actionmatch
