#include "core/kernels/kernels.h"

#include <gtest/gtest.h>

namespace actionmatch {
namespace {

TEST(KernelsTest, TheBaselineIsAlwaysThere) {
  EXPECT_STREQ(SupportedElementwise<float>().back()->name, "baseline");
  EXPECT_EQ(SupportedElementwise<float>().front(), &Kernels<float>());
}

TEST(KernelsTest, TheFirstCacheHasASize) {
  EXPECT_GE(FirstCacheBytes(), 4096);
  EXPECT_EQ(FirstCacheBytes(), FirstCacheBytes());
}

}  // namespace
}  // namespace actionmatch
