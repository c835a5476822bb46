#include "server/executor.h"

#include <gtest/gtest.h>

#include "absl/synchronization/blocking_counter.h"
#include "absl/synchronization/notification.h"

namespace actionmatch {
namespace {

ExecutorOptions Options(int threads, int64_t most_tasks = 1024) {
  ExecutorOptions options;
  options.name = "test";
  options.threads = threads;
  options.most_tasks = most_tasks;
  return options;
}

TEST(ExecutorTest, TasksRunAtOnceOnAllThreads) {
  Executor executor(Options(4));
  absl::BlockingCounter all(4);
  absl::Notification done;
  for (int i = 0; i < 4; ++i) {
    ASSERT_TRUE(executor
                    .Submit([&] {
                      all.DecrementCount();
                      done.WaitForNotification();
                    })
                    .ok());
  }
  all.Wait();  // would wait for ever if one thread served two
  done.Notify();
}

TEST(ExecutorTest, WhatIsTooMuchIsRefusedAndContinuationsAreNot) {
  absl::Notification block;
  absl::Notification running;
  absl::Notification continued;
  Executor executor(Options(1, 2));
  ASSERT_TRUE(executor
                  .Submit([&] {
                    running.Notify();
                    block.WaitForNotification();
                  })
                  .ok());
  running.WaitForNotification();
  ASSERT_TRUE(executor.Submit([] {}).ok());
  EXPECT_TRUE(absl::IsResourceExhausted(executor.Submit([] {})));
  executor.Continue([&] { continued.Notify(); });
  EXPECT_EQ(executor.waiting(), 2);
  block.Notify();
  continued.WaitForNotification();
}

TEST(ExecutorTest, LaterTasksComeInTheOrderOfTheirTimes) {
  Executor executor(Options(1));
  std::vector<int> order;
  absl::BlockingCounter all(3);
  for (const int i : {2, 0, 1}) {
    executor.ContinueAfter(absl::Milliseconds(20 * (i + 1)), [&, i] {
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
  executor.Continue([&] {
    EXPECT_EQ(executor.FairThreads(), 4);
    started.Notify();
    block.WaitForNotification();
  });
  started.WaitForNotification();
  absl::Notification second;
  executor.Continue([&] {
    EXPECT_EQ(executor.FairThreads(), 2);
    second.Notify();
  });
  second.WaitForNotification();
  block.Notify();
}

}  // namespace
}  // namespace actionmatch
