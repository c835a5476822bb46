#include "core/random.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/path/time_sampler.h"

namespace actionmatch {
namespace {

// The known answers that the generator's authors publish with it (Random123, kat_vectors).
TEST(RandomTest, PhiloxGivesItsPublishedAnswers) {
  EXPECT_EQ(Philox4x32({0, 0, 0, 0}, {0, 0}),
            (std::array<uint32_t, 4>{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  EXPECT_EQ(Philox4x32({0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}, {0xffffffff, 0xffffffff}),
            (std::array<uint32_t, 4>{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(Philox4x32({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}),
            (std::array<uint32_t, 4>{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(RandomTest, StreamsAndIndicesDrawDifferentNumbers) {
  EXPECT_NE(Random(1, RandomStream::kPairs, 0).Uniform(), Random(1, RandomStream::kBridge, 0).Uniform());
  EXPECT_NE(Random(1, RandomStream::kPairs, 0).Uniform(), Random(1, RandomStream::kPairs, 1).Uniform());
  EXPECT_NE(Random(1, RandomStream::kPairs, 0).Uniform(), Random(2, RandomStream::kPairs, 0).Uniform());
  EXPECT_EQ(Random(1, RandomStream::kPairs, 7).Uniform(), Random(1, RandomStream::kPairs, 7).Uniform());
}

TEST(RandomTest, MomentsAreThoseOfTheLaws) {
  Random random(3, RandomStream::kSimulate);
  constexpr int kDraws = 200000;
  double uniform = 0, normal = 0, squares = 0, below = 0;
  for (int i = 0; i < kDraws; ++i) {
    uniform += random.Uniform();
    const double z = random.Normal();
    normal += z;
    squares += z * z;
    below += static_cast<double>(random.Below(7));
  }
  const double tolerance = 5 / std::sqrt(kDraws);  // five standard errors of a unit variance
  EXPECT_NEAR(uniform / kDraws, 0.5, tolerance);
  EXPECT_NEAR(normal / kDraws, 0, tolerance);
  EXPECT_NEAR(squares / kDraws, 1, 2 * tolerance);
  EXPECT_NEAR(below / kDraws, 3, 2 * tolerance);
}

}  // namespace
}  // namespace actionmatch
