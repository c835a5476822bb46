#include "server/process/executor.h"

#include <gtest/gtest.h>

#include "absl/synchronization/blocking_counter.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace actionmatch {
namespace {

ExecutorOptions Options(int threads) {
  ExecutorOptions options;
  options.name = "test";
  options.threads = threads;
  return options;
}

TEST(ExecutorTest, TasksRunAtOnceOnAllThreads) {
  Executor executor(Options(4));
  absl::BlockingCounter all(4);
  absl::Notification done;
  for (int i = 0; i < 4; ++i) {
    executor.Run([&] {
      all.DecrementCount();
      done.WaitForNotification();
    });
  }
  all.Wait();  // would wait for ever if one thread served two
  done.Notify();
}

TEST(ExecutorTest, LaterTasksComeInTheOrderOfTheirTimes) {
  Executor executor(Options(1));
  std::vector<int> order;
  absl::BlockingCounter all(3);
  const absl::Time start = absl::Now();
  for (const int i : {2, 0, 1}) {
    executor.RunAfter(start + absl::Milliseconds(100 * (i + 1)) - absl::Now(), [&, i] {
      order.push_back(i);
      all.DecrementCount();
    });
  }
  all.Wait();
  EXPECT_EQ(order, (std::vector<int>{0, 1, 2}));
}

TEST(ExecutorTest, ThreadsAreSharedFairly) {
  Executor executor(Options(4));
  absl::Notification started;
  absl::Notification block;
  executor.Run([&] {
    EXPECT_EQ(executor.FairThreads(), 4);
    started.Notify();
    block.WaitForNotification();
  });
  started.WaitForNotification();
  absl::Notification second;
  executor.Run([&] {
    EXPECT_EQ(executor.FairThreads(), 2);
    second.Notify();
  });
  second.WaitForNotification();
  block.Notify();
}

}  // namespace
}  // namespace actionmatch
