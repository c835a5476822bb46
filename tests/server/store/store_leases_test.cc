// Laws of jobs in the store: who may claim and write, what stays of one that ended.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <thread>

#include "absl/strings/str_cat.h"
#include "tests/server/store/store_fixture.h"

namespace actionmatch {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST_P(StoreTest, EachJobIsClaimedOnceHoweverManyRaceForIt) {
  constexpr int kJobs = 60;
  constexpr int kClaimers = 8;
  MakeDataset("datasets/d");
  for (int i = 0; i < kJobs; ++i) ASSERT_TRUE(Queue(absl::StrCat("j", i)).ok());
  const std::unique_ptr<Store> another = OpenAnother();
  std::vector<std::vector<ClaimedJob>> claimed(kClaimers);
  std::vector<std::thread> claimers;
  for (int i = 0; i < kClaimers; ++i) {
    claimers.emplace_back([&, i] {
      Store& store = i % 2 == 0 ? *store_ : *another;
      for (;;) {
        absl::StatusOr<std::optional<ClaimedJob>> job = store.ClaimJob(absl::StrCat("worker-", i), absl::Hours(1));
        EXPECT_TRUE(job.ok()) << job.status();
        if (!job.ok() || !job->has_value()) return;
        claimed[i].push_back(**std::move(job));
      }
    });
  }
  for (std::thread& claimer : claimers) claimer.join();
  std::map<std::string, int> times;
  for (const std::vector<ClaimedJob>& of_one : claimed) {
    int last = -1;
    for (const ClaimedJob& job : of_one) {
      ++times[job.lease.job];
      EXPECT_EQ(job.lease.attempt, 1);
      EXPECT_EQ(job.call, "call-of-" + job.lease.job.substr(sizeof("jobs/") - 1));
      const int number = std::stoi(job.lease.job.substr(sizeof("jobs/j") - 1));
      EXPECT_GT(number, last);  // the oldest first
      last = number;
    }
  }
  EXPECT_EQ(times.size(), static_cast<size_t>(kJobs));
  for (const auto& [job, count] : times) EXPECT_EQ(count, 1) << job;
}

TEST_P(StoreTest, AStaleLeaseWritesNothing) {
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
  EXPECT_THAT(Names("fields"), IsEmpty());
  EXPECT_EQ(store_->GetJob("jobs/j")->state(), v1::Job::STATE_RUNNING);
  EXPECT_TRUE(store_->CheckLease(fresh).ok());
}

TEST_P(StoreTest, CheckpointsGoWithEveryEnd) {
  MakeDataset("datasets/d");
  const auto checkpointed = [&](const std::string& id, absl::Duration lease_time) {
    EXPECT_TRUE(Queue(id).ok());
    const Lease lease = Claim(lease_time);
    EXPECT_TRUE(store_->WriteCheckpoint(lease, "checkpoint", 1).ok());
    EXPECT_THAT(Names("jobs"), Contains("jobs/" + lease.job_uid));
    return lease;
  };
  ASSERT_TRUE(store_->FailJob(checkpointed("failed", absl::Minutes(1)), "no").ok());
  const Lease cancelled = checkpointed("cancelled", absl::Minutes(1));
  ASSERT_TRUE(store_->CancelJob("jobs/cancelled").ok());
  EXPECT_THAT(Names("jobs"), SizeIs(1));  // its worker has not ended it yet
  ASSERT_TRUE(store_->FinishCancelled(cancelled).ok());
  checkpointed("orphan", absl::ZeroDuration());
  ASSERT_TRUE(store_->CancelJob("jobs/orphan").ok());
  checkpointed("lost", absl::ZeroDuration());
  for (int i = 1; i < Store::kMaxLosses; ++i) Claim(absl::ZeroDuration());
  EXPECT_FALSE((*store_->ClaimJob("worker", absl::Minutes(1))).has_value());
  const Page<v1::Job> page = *store_->ListJobs(100, "");
  for (const v1::Job& job : page.items) EXPECT_TRUE(job.has_end_time()) << job.name();
  EXPECT_THAT(Names("jobs"), IsEmpty());
}

TEST_P(StoreTest, ProgressComesInPartsOfTheSizeAskedFor) {
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

TEST_P(StoreTest, OnlyTheNewestCheckpointIsKeptAndItGoesWithTheEnd) {
  MakeDataset("datasets/d");
  ASSERT_TRUE(Queue("j").ok());
  const Lease lease = Claim();
  ASSERT_TRUE(store_->WriteCheckpoint(lease, "one", 1).ok());
  ASSERT_TRUE(store_->WriteCheckpoint(lease, "two", 2).ok());
  ASSERT_TRUE(store_->WriteCheckpoint(lease, "two", 2).ok());  // the same step again
  EXPECT_EQ(**store_->ReadCheckpoint(lease), "two");
  EXPECT_THAT(Names("jobs/" + lease.job_uid), SizeIs(1));
  v1::Field field;
  ASSERT_TRUE(store_->FinishJob(lease, field, "bytes").ok());
  EXPECT_THAT(Names("jobs"), IsEmpty());
  EXPECT_EQ(store_->GetField("fields/j")->job(), "jobs/j");
  EXPECT_EQ(store_->GetJob("jobs/j")->state(), v1::Job::STATE_SUCCEEDED);
}

TEST_P(StoreTest, AJobThatKeepsLosingItsWorkerFailsUnlessItGetsOn) {
  MakeDataset("datasets/d");
  ASSERT_TRUE(Queue("stuck").ok());
  for (int i = 0; i < Store::kMaxLosses; ++i) Claim(absl::ZeroDuration());
  ::testing::internal::CaptureStderr();
  EXPECT_FALSE((*store_->ClaimJob("worker", absl::Minutes(1))).has_value());
  EXPECT_THAT(::testing::internal::GetCapturedStderr(),
              HasSubstr("event=job_ended job=jobs/stuck state=FAILED attempt=5 request_id=call-of-stuck"));
  EXPECT_EQ(store_->GetJob("jobs/stuck")->state(), v1::Job::STATE_FAILED);
  EXPECT_THAT(store_->GetJob("jobs/stuck")->error(), HasSubstr("memory"));

  ASSERT_TRUE(Queue("slow").ok());
  for (int i = 0; i < 2 * Store::kMaxLosses; ++i) {
    ASSERT_TRUE(store_->WriteCheckpoint(Claim(absl::Milliseconds(0)), "checkpoint", i).ok());
  }
  EXPECT_EQ(store_->GetJob("jobs/slow")->state(), v1::Job::STATE_RUNNING);
}

TEST_P(StoreTest, AReleasedJobIsNoLoss) {
  MakeDataset("datasets/d");
  ASSERT_TRUE(Queue("j").ok());
  for (int i = 0; i < 2 * Store::kMaxLosses; ++i) ASSERT_TRUE(store_->ReleaseJob(Claim()).ok());
  EXPECT_EQ(store_->GetJob("jobs/j")->state(), v1::Job::STATE_RUNNING);
  EXPECT_EQ(store_->Count()->lease_losses, 0);
  Claim();
  ASSERT_TRUE(store_->ExpireLeases("worker").ok());
  Claim();
  EXPECT_EQ(store_->Count()->lease_losses, 1);
}

TEST_P(StoreTest, AJobThatIsGivenUpAgainAndAgainFailsAndSaysWhy) {
  MakeDataset("datasets/d");
  ASSERT_TRUE(Queue("j").ok());
  const auto give_up = [&] {
    ASSERT_TRUE(store_->GiveUpJob(Claim(), "no such disk").ok());
    EXPECT_EQ(store_->GetJob("jobs/j")->error(), "no such disk");
  };
  const auto end_pause = [&] { ASSERT_TRUE(store_->ExpireLeases("").ok()); };
  for (int i = 1; i < Store::kMaxLosses; ++i) {
    give_up();
    if (i == Store::kMaxLosses - 1) {
      EXPECT_FALSE((*store_->ClaimJob("worker", absl::Minutes(1))).has_value());  // it pauses
    }
    end_pause();
  }
  const Lease lease = Claim();
  ASSERT_TRUE(store_->WriteCheckpoint(lease, "checkpoint", 1).ok());
  EXPECT_EQ(store_->GetJob("jobs/j")->error(), "");
  ASSERT_TRUE(store_->ReleaseJob(lease).ok());
  for (int i = 0; i < Store::kMaxLosses; ++i) {
    give_up();
    end_pause();
  }
  EXPECT_FALSE((*store_->ClaimJob("worker", absl::Minutes(1))).has_value());
  EXPECT_EQ(store_->GetJob("jobs/j")->state(), v1::Job::STATE_FAILED);
  EXPECT_THAT(store_->GetJob("jobs/j")->error(), HasSubstr("gave up: no such disk"));
  EXPECT_EQ(store_->Count()->lease_losses, 0);
}

TEST_P(StoreTest, CancelEndsAJobThatNobodyHoldsAndAsksTheWorkerOfAnother) {
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

ACTIONMATCH_FOR_EVERY_STORE;

}  // namespace
}  // namespace actionmatch
