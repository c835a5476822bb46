#include "core/parallel.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <new>
#include <numeric>
#include <vector>

namespace actionmatch {
namespace {

TEST(ParallelForTest, EveryPieceIsWorkedOnce) {
  for (const int threads : {0, 1, 3, 64}) {
    for (const int64_t count : {0, 1, 40}) {
      std::vector<std::atomic<int>> times(static_cast<size_t>(count));
      EXPECT_TRUE(ParallelFor(threads, count, [&](int64_t i) {
                    ++times[static_cast<size_t>(i)];
                    return absl::OkStatus();
                  }).ok());
      EXPECT_TRUE(std::all_of(times.begin(), times.end(), [](const std::atomic<int>& t) { return t == 1; }));
    }
  }
}

TEST(ParallelForTest, OneThreadTakesThePiecesInOrder) {
  std::vector<int64_t> order;
  EXPECT_TRUE(ParallelFor(1, 20, [&](int64_t i) {
                order.push_back(i);
                return absl::OkStatus();
              }).ok());
  std::vector<int64_t> sorted(20);
  std::iota(sorted.begin(), sorted.end(), 0);
  EXPECT_EQ(order, sorted);
}

TEST(ParallelForTest, AfterAnErrorNoPieceIsBegun) {
  std::atomic<int> begun{0};
  const absl::Status status = ParallelFor(1, 20, [&](int64_t i) {
    ++begun;
    return i < 3 ? absl::OkStatus() : absl::OutOfRangeError("three");
  });
  EXPECT_EQ(status, absl::OutOfRangeError("three"));
  EXPECT_EQ(begun, 4);
}

// With its type: who catches it knows what it means.
TEST(ParallelForTest, AnExceptionReachesTheCaller) {
  std::atomic<int> begun{0};
  const auto run = [&](int64_t i) -> absl::Status {
    ++begun;
    if (i == 2) throw std::bad_alloc();
    return absl::OkStatus();
  };
  EXPECT_THROW(ParallelFor(1, 20, run).IgnoreError(), std::bad_alloc);
  EXPECT_EQ(begun, 3);
  EXPECT_THROW(ParallelFor(4, 20, run).IgnoreError(), std::bad_alloc);
}

}  // namespace
}  // namespace actionmatch
