#include "core/kernels/arena.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

namespace actionmatch {
namespace {

// Arrays of all sizes, across chunks and large pages: zeros, aligned, apart from each other, where they were after a
// move.
TEST(ArenaTest, ArraysAreZerosAndTheirOwn) {
  Arena arena;
  std::vector<std::pair<int32_t*, int64_t>> arrays;
  for (const int64_t count : {0, 1, 17, 1000, 16384, 3, 700000, 5, 2000000, 1}) {
    arrays.emplace_back(arena.Zeros<int32_t>(count), count);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(arrays.back().first) % 64, 0);
    EXPECT_TRUE(std::all_of(arrays.back().first, arrays.back().first + count, [](int32_t x) { return x == 0; }));
    std::fill_n(arrays.back().first, count, static_cast<int32_t>(arrays.size()));
  }
  const Arena moved = std::move(arena);
  for (size_t i = 0; i < arrays.size(); ++i) {
    const auto [begin, count] = arrays[i];
    EXPECT_TRUE(std::all_of(begin, begin + count, [i](int32_t x) { return x == static_cast<int32_t>(i + 1); })) << i;
  }
}

}  // namespace
}  // namespace actionmatch
