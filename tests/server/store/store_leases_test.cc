// Laws of jobs in the store: who may claim and write, what stays of one that ended.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>

#include "absl/strings/str_cat.h"
#include "tests/server/store/store_fixture.h"

namespace actionmatch {
namespace {

using ::testing::HasSubstr;

TEST_F(StoreTest, EveryJobIsClaimedOnceByThreadsAndProcesses) {
  constexpr int kJobs = 120;
  MakeDataset("datasets/d");
  for (int i = 0; i < kJobs; ++i) ASSERT_TRUE(Queue(absl::StrCat("j", i)).ok());
  const auto claim_all = [](Store& store, const std::string& worker) {
    int claimed = 0;
    for (;;) {
      const absl::StatusOr<std::optional<ClaimedJob>> job = store.ClaimJob(worker, absl::Minutes(10));
      if (!job.ok()) return -1000;
      if (!job->has_value()) return claimed;
      ++claimed;
    }
  };
  std::vector<pid_t> processes;
  store_.reset();  // no threads and no connections while processes fork
  int pipe_ends[2];
  ASSERT_EQ(pipe(pipe_ends), 0);
  for (int p = 0; p < 2; ++p) {
    processes.push_back(fork());
    if (processes.back() == 0) {
      int claimed = -1000;
      if (absl::StatusOr<std::unique_ptr<Store>> own = Store::Open(folder_); own.ok()) {
        claimed = claim_all(**own, absl::StrCat("process-", p));
      }
      _exit(write(pipe_ends[1], &claimed, sizeof(claimed)) == sizeof(claimed) ? 0 : 1);
    }
  }
  Reopen();
  std::atomic<int> total = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] { total += claim_all(*store_, absl::StrCat("thread-", t)); });
  }
  for (std::thread& thread : threads) thread.join();
  for (const pid_t process : processes) {
    waitpid(process, nullptr, 0);
    int claimed = 0;
    ASSERT_EQ(read(pipe_ends[0], &claimed, sizeof(claimed)), static_cast<ssize_t>(sizeof(claimed)));
    total += claimed;
  }
  close(pipe_ends[0]);
  close(pipe_ends[1]);
  EXPECT_EQ(total, kJobs);
  const Page<v1::Job> page = *store_->ListJobs(1000, "");
  for (const v1::Job& job : page.items) {
    EXPECT_EQ(job.attempt(), 1) << job.name();
    EXPECT_EQ(job.state(), v1::Job::STATE_RUNNING);
  }
}

TEST_F(StoreTest, AStaleLeaseWritesNothing) {
  MakeDataset("datasets/d");
  ASSERT_TRUE(Queue("j").ok());
  const Lease stale = Claim(absl::ZeroDuration());
  const Lease fresh = Claim();
  EXPECT_EQ(fresh.attempt, stale.attempt + 1);
  v1::Progress progress;
  progress.set_step(5);
  const std::vector<absl::Status> refused = {
      store_->RenewLease(stale, absl::Minutes(1)),
      store_->CheckLease(stale),
      store_->RecordPhase(stale, v1::Job::PHASE_TRAINING, 0, {}),
      store_->RecordProgress(stale, progress),
      store_->WriteCheckpoint(stale, "stale", 5),
      store_->ReadCheckpoint(stale).status(),
      store_->FinishJob(stale, {}, "stale"),
      store_->FailJob(stale, "stale"),
      store_->FinishCancelled(stale),
      store_->ReleaseJob(stale),
      store_->GiveUpJob(stale, "stale"),
  };
  for (const absl::Status& status : refused) EXPECT_TRUE(absl::IsAborted(status)) << status;
  EXPECT_TRUE(store_->ReadProgress(fresh.job_uid, 0, 1000)->progress.empty());
  EXPECT_FALSE((*store_->ReadCheckpoint(fresh)).has_value());
  EXPECT_TRUE(absl::IsNotFound(store_->GetField("fields/j").status()));
  EXPECT_TRUE(std::filesystem::is_empty(folder_ + "/fields"));
  EXPECT_EQ(store_->GetJob("jobs/j")->state(), v1::Job::STATE_RUNNING);
  EXPECT_TRUE(store_->CheckLease(fresh).ok());
}

TEST_F(StoreTest, CheckpointsGoWithEveryEnd) {
  MakeDataset("datasets/d");
  const auto checkpointed = [&](const std::string& id, absl::Duration lease_time) {
    EXPECT_TRUE(Queue(id).ok());
    const Lease lease = Claim(lease_time);
    EXPECT_TRUE(store_->WriteCheckpoint(lease, "checkpoint", 1).ok());
    EXPECT_TRUE(std::filesystem::exists(folder_ + "/jobs/" + lease.job_uid));
    return lease;
  };
  ASSERT_TRUE(store_->FailJob(checkpointed("failed", absl::Minutes(1)), "no").ok());
  const Lease cancelled = checkpointed("cancelled", absl::Minutes(1));
  ASSERT_TRUE(store_->CancelJob("jobs/cancelled").ok());
  EXPECT_FALSE(std::filesystem::is_empty(folder_ + "/jobs"));  // its worker has not ended it yet
  ASSERT_TRUE(store_->FinishCancelled(cancelled).ok());
  checkpointed("orphan", absl::ZeroDuration());
  ASSERT_TRUE(store_->CancelJob("jobs/orphan").ok());
  checkpointed("lost", absl::ZeroDuration());
  for (int i = 1; i < Store::kMostLosses; ++i) Claim(absl::ZeroDuration());
  EXPECT_FALSE((*store_->ClaimJob("worker", absl::Minutes(1))).has_value());
  const Page<v1::Job> page = *store_->ListJobs(100, "");
  for (const v1::Job& job : page.items) EXPECT_TRUE(job.has_end_time()) << job.name();
  EXPECT_TRUE(std::filesystem::is_empty(folder_ + "/jobs"));
}

TEST_F(StoreTest, ACheckpointThatHasNoFolderIsAnErrorThatNamesIt) {
  MakeDataset("datasets/d");
  ASSERT_TRUE(Queue("j").ok());
  const Lease lease = Claim();
  std::filesystem::remove(folder_ + "/jobs");
  std::ofstream(folder_ + "/jobs") << "no folder";
  const absl::Status status = store_->WriteCheckpoint(lease, "checkpoint", 1);
  EXPECT_TRUE(absl::IsUnavailable(status)) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("cannot make " + folder_ + "/jobs/" + lease.job_uid));
}

TEST_F(StoreTest, ProgressComesInPartsOfTheSizeAskedFor) {
  MakeDataset("datasets/d");
  ASSERT_TRUE(Queue("j").ok());
  const Lease lease = Claim();
  v1::Progress progress;
  for (int i = 0; i < 100; ++i) progress.add_scores()->set_w1(1);
  for (int step = 1; step <= 10; ++step) {
    progress.set_step(step);
    ASSERT_TRUE(store_->RecordProgress(lease, progress).ok());
  }
  const size_t bytes = progress.ByteSizeLong();
  for (const size_t at_once : {1, 3, 5, 10, 100}) {
    int64_t next = 2;
    for (bool more = true; more;) {
      const ProgressPart part = *store_->ReadProgress(lease.job_uid, next, at_once * bytes);
      EXPECT_LE(part.progress.size(), at_once);
      for (const v1::Progress& read : part.progress) EXPECT_EQ(read.step(), next++);
      more = part.more;
    }
    EXPECT_EQ(next, 11);
  }
  EXPECT_EQ(store_->ReadProgress(lease.job_uid, 5, 1)->progress.size(), 1u);  // one, however large
}

TEST_F(StoreTest, OnlyTheNewestCheckpointIsKeptAndItGoesWithTheEnd) {
  MakeDataset("datasets/d");
  ASSERT_TRUE(Queue("j").ok());
  const Lease lease = Claim();
  ASSERT_TRUE(store_->WriteCheckpoint(lease, "one", 1).ok());
  ASSERT_TRUE(store_->WriteCheckpoint(lease, "two", 2).ok());
  ASSERT_TRUE(store_->WriteCheckpoint(lease, "two", 2).ok());  // the same step again
  EXPECT_EQ(**store_->ReadCheckpoint(lease), "two");
  const std::string folder = folder_ + "/jobs/" + lease.job_uid;
  const std::filesystem::directory_iterator files(folder);
  EXPECT_EQ(std::distance(begin(files), end(files)), 1);
  v1::Field field;
  ASSERT_TRUE(store_->FinishJob(lease, field, "bytes").ok());
  EXPECT_FALSE(std::filesystem::exists(folder));
  EXPECT_EQ(store_->GetField("fields/j")->job(), "jobs/j");
  EXPECT_EQ(store_->GetJob("jobs/j")->state(), v1::Job::STATE_SUCCEEDED);
}

TEST_F(StoreTest, AJobThatKeepsLosingItsWorkerFailsUnlessItGetsOn) {
  MakeDataset("datasets/d");
  ASSERT_TRUE(Queue("stuck").ok());
  for (int i = 0; i < Store::kMostLosses; ++i) Claim(absl::ZeroDuration());
  ::testing::internal::CaptureStderr();
  EXPECT_FALSE((*store_->ClaimJob("worker", absl::Minutes(1))).has_value());
  EXPECT_THAT(::testing::internal::GetCapturedStderr(),
              HasSubstr("event=job_ended job=jobs/stuck state=FAILED attempt=5 request_id=call-of-stuck"));
  EXPECT_EQ(store_->GetJob("jobs/stuck")->state(), v1::Job::STATE_FAILED);
  EXPECT_THAT(store_->GetJob("jobs/stuck")->error(), HasSubstr("memory"));

  ASSERT_TRUE(Queue("slow").ok());
  for (int i = 0; i < 2 * Store::kMostLosses; ++i) {
    ASSERT_TRUE(store_->WriteCheckpoint(Claim(absl::Milliseconds(0)), "checkpoint", i).ok());
  }
  EXPECT_EQ(store_->GetJob("jobs/slow")->state(), v1::Job::STATE_RUNNING);
}

TEST_F(StoreTest, AReleasedJobIsNoLoss) {
  MakeDataset("datasets/d");
  ASSERT_TRUE(Queue("j").ok());
  for (int i = 0; i < 2 * Store::kMostLosses; ++i) ASSERT_TRUE(store_->ReleaseJob(Claim()).ok());
  EXPECT_EQ(store_->GetJob("jobs/j")->state(), v1::Job::STATE_RUNNING);
  EXPECT_EQ(store_->Count()->lease_losses, 0);
  Claim();
  ASSERT_TRUE(store_->ExpireLeases("worker").ok());
  Claim();
  EXPECT_EQ(store_->Count()->lease_losses, 1);
}

TEST_F(StoreTest, AJobThatIsGivenUpAgainAndAgainFailsAndSaysWhy) {
  MakeDataset("datasets/d");
  ASSERT_TRUE(Queue("j").ok());
  const auto give_up = [&] {
    ASSERT_TRUE(store_->GiveUpJob(Claim(), "no such disk").ok());
    EXPECT_EQ(store_->GetJob("jobs/j")->error(), "no such disk");
  };
  const auto end_pause = [&] { ASSERT_TRUE(store_->ExpireLeases("").ok()); };
  for (int i = 1; i < Store::kMostLosses; ++i) {
    give_up();
    if (i == Store::kMostLosses - 1) {
      EXPECT_FALSE((*store_->ClaimJob("worker", absl::Minutes(1))).has_value());  // it pauses
    }
    end_pause();
  }
  const Lease lease = Claim();
  ASSERT_TRUE(store_->WriteCheckpoint(lease, "checkpoint", 1).ok());
  EXPECT_EQ(store_->GetJob("jobs/j")->error(), "");
  ASSERT_TRUE(store_->ReleaseJob(lease).ok());
  for (int i = 0; i < Store::kMostLosses; ++i) {
    give_up();
    end_pause();
  }
  EXPECT_FALSE((*store_->ClaimJob("worker", absl::Minutes(1))).has_value());
  EXPECT_EQ(store_->GetJob("jobs/j")->state(), v1::Job::STATE_FAILED);
  EXPECT_THAT(store_->GetJob("jobs/j")->error(), HasSubstr("gave up: no such disk"));
  EXPECT_EQ(store_->Count()->lease_losses, 0);
}

TEST_F(StoreTest, CancelEndsAJobThatNobodyHoldsAndAsksTheWorkerOfAnother) {
  MakeDataset("datasets/d");
  ASSERT_TRUE(Queue("queued").ok());
  EXPECT_EQ(store_->CancelJob("jobs/queued")->state(), v1::Job::STATE_CANCELLED);
  EXPECT_FALSE((*store_->ClaimJob("worker", absl::Minutes(1))).has_value());

  ASSERT_TRUE(Queue("running").ok());
  const Lease lease = Claim();
  EXPECT_TRUE(store_->CheckLease(lease).ok());
  EXPECT_EQ(store_->CancelJob("jobs/running")->state(), v1::Job::STATE_RUNNING);
  EXPECT_TRUE(absl::IsCancelled(store_->CheckLease(lease)));
  EXPECT_TRUE(absl::IsCancelled(store_->FinishJob(lease, {}, "late")));
  ASSERT_TRUE(store_->FinishCancelled(lease).ok());
  EXPECT_EQ(store_->GetJob("jobs/running")->state(), v1::Job::STATE_CANCELLED);

  ASSERT_TRUE(Queue("orphan").ok());
  const Lease late = Claim(absl::ZeroDuration());
  ::testing::internal::CaptureStderr();
  EXPECT_EQ(store_->CancelJob("jobs/orphan")->state(), v1::Job::STATE_CANCELLED);
  EXPECT_THAT(::testing::internal::GetCapturedStderr(),
              HasSubstr("event=job_ended job=jobs/orphan state=CANCELLED attempt=1 request_id=call-of-orphan"));
  EXPECT_TRUE(absl::IsAborted(store_->FinishJob(late, {}, "late")));

  ASSERT_TRUE(Queue("released").ok());
  ASSERT_TRUE(store_->GiveUpJob(Claim(), "no").ok());
  EXPECT_EQ(store_->CancelJob("jobs/released")->state(), v1::Job::STATE_CANCELLED);

  ASSERT_TRUE(Queue("asked").ok());
  Claim();
  EXPECT_EQ(store_->CancelJob("jobs/asked")->state(), v1::Job::STATE_RUNNING);
  EXPECT_EQ(store_->CancelJob("jobs/asked")->state(), v1::Job::STATE_RUNNING);
  ASSERT_TRUE(store_->ExpireLeases("worker").ok());
  EXPECT_EQ(store_->CancelJob("jobs/asked")->state(), v1::Job::STATE_CANCELLED);

  ASSERT_TRUE(Queue("lost").ok());
  Claim();
  EXPECT_EQ(store_->CancelJob("jobs/lost")->state(), v1::Job::STATE_RUNNING);
  ASSERT_TRUE(store_->ExpireLeases("worker").ok());
  ::testing::internal::CaptureStderr();
  EXPECT_FALSE((*store_->ClaimJob("worker", absl::Minutes(1))).has_value());
  EXPECT_THAT(::testing::internal::GetCapturedStderr(),
              HasSubstr("event=job_ended job=jobs/lost state=CANCELLED attempt=1 request_id=call-of-lost"));
}

}  // namespace
}  // namespace actionmatch
