// Laws of the store, on a real SQLite in a real folder.

#include "server/store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <set>
#include <thread>

#include "absl/strings/str_cat.h"
#include "server/snapshot_batch.h"
#include "server/tensor.h"

namespace actionmatch {
namespace {

using ::testing::HasSubstr;

v1::SnapshotBatch Batch(int64_t number, const std::vector<double>& values, double time) {
  v1::SnapshotBatch batch;
  batch.set_number(number);
  batch.set_time(time);
  *batch.mutable_points() = ToTensor(values, {static_cast<int64_t>(values.size()) / 2, 2}, v1::DATA_TYPE_FLOAT64);
  return batch;
}

v1::Dataset Named(const std::string& name) {
  v1::Dataset dataset;
  dataset.set_name(name);
  return dataset;
}

class StoreTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = ::testing::TempDir() + "store_test.XXXXXX";
    folder_ = mkdtemp(pattern.data());
    Reopen();
  }
  void TearDown() override {
    store_.reset();
    std::filesystem::remove_all(folder_);
  }
  void Reopen() {
    store_.reset();
    absl::StatusOr<std::unique_ptr<Store>> opened = Store::Open(folder_);
    ASSERT_TRUE(opened.ok()) << opened.status();
    store_ = *std::move(opened);
  }

  absl::Status Append(const std::string& name, const std::vector<v1::SnapshotBatch>& batches) {
    return store_->AppendBatches(name, batches, &acknowledged_, &added_);
  }

  // A dataset with two times.
  void MakeDataset(const std::string& name) {
    ASSERT_TRUE(store_->CreateDataset(Named(name), {Batch(1, {0, 0, 1, 1}, 0), Batch(2, {2, 2, 3, 3}, 1)}, {}).ok());
  }
  absl::StatusOr<v1::Job> Queue(const std::string& id, const std::string& dataset = "datasets/d") {
    v1::Job job;
    job.set_name("jobs/" + id);
    job.set_dataset(dataset);
    job.set_dataset_uid(store_->GetDataset(dataset)->uid());
    job.set_last_batch(2);
    job.add_fields("fields/" + id);
    return store_->CreateJob(job, {"", "", "call-of-" + id});
  }
  Lease Claim(absl::Duration lease_time = absl::Minutes(1)) {
    absl::StatusOr<std::optional<ClaimedJob>> claimed = store_->ClaimJob("worker", lease_time);
    EXPECT_TRUE(claimed.ok()) << claimed.status();
    EXPECT_TRUE(claimed->has_value());
    return (*claimed)->lease;
  }

  std::string folder_;
  std::unique_ptr<Store> store_;
  v1::AppendSnapshotsResponse acknowledged_;
  Store::Added added_;
};

TEST_F(StoreTest, BatchesAreNumberedWithoutGapsAndRepeatsChangeNothing) {
  ASSERT_TRUE(store_->CreateDataset(Named("datasets/d"), {}, {}).ok());
  ASSERT_TRUE(Append("datasets/d", {Batch(1, {1, 2}, 0), Batch(2, {3, 4, 5, 6}, 1), Batch(1, {1, 2}, 0)}).ok());
  EXPECT_EQ(acknowledged_.acknowledged_batch(), 2);
  EXPECT_EQ(acknowledged_.row_count(), 3);
  EXPECT_EQ(added_.rows, 3);
  EXPECT_EQ(added_.bytes, 3 * 2 * 8);
  const v1::Dataset before = *store_->GetDataset("datasets/d");
  EXPECT_TRUE(Append("datasets/d", {Batch(2, {3, 4, 5, 6}, 1)}).ok());
  EXPECT_EQ(added_.rows, 0);
  EXPECT_EQ(store_->GetDataset("datasets/d")->SerializeAsString(), before.SerializeAsString());
  EXPECT_TRUE(absl::IsAlreadyExists(Append("datasets/d", {Batch(2, {3, 4, 5, 7}, 1)})));
  EXPECT_TRUE(absl::IsAlreadyExists(Append("datasets/d", {Batch(2, {3, 4, 5, 6}, 2)})));
  const absl::Status gap = Append("datasets/d", {Batch(3, {7, 8}, 2), Batch(5, {9, 9}, 3)});
  EXPECT_TRUE(absl::IsFailedPrecondition(gap));
  EXPECT_THAT(std::string(gap.message()), HasSubstr("next batch of datasets/d is 4"));
  EXPECT_EQ(acknowledged_.acknowledged_batch(), 3);  // what came before the gap stays
  EXPECT_EQ(added_.rows, 1);
}

TEST_F(StoreTest, TheSameNumberTwiceInOneGroupMustAgree) {
  ASSERT_TRUE(store_->CreateDataset(Named("datasets/d"), {}, {}).ok());
  EXPECT_TRUE(absl::IsAlreadyExists(Append("datasets/d", {Batch(1, {1, 2}, 0), Batch(1, {1, 3}, 0)})));
  EXPECT_EQ(acknowledged_.acknowledged_batch(), 1);
}

TEST_F(StoreTest, ContentHashIsIndependentOfBatchingAndOfRestarts) {
  ASSERT_TRUE(store_->CreateDataset(Named("datasets/one"), {}, {}).ok());
  ASSERT_TRUE(store_->CreateDataset(Named("datasets/two"), {}, {}).ok());
  ASSERT_TRUE(Append("datasets/one", {Batch(1, {1, 2, 3, 4, 5, 6}, 0)}).ok());
  ASSERT_TRUE(Append("datasets/two", {Batch(1, {1, 2}, 0)}).ok());
  Reopen();
  ASSERT_TRUE(Append("datasets/two", {Batch(2, {3, 4, 5, 6}, 0)}).ok());
  EXPECT_EQ(store_->GetDataset("datasets/one")->content_hash(), store_->GetDataset("datasets/two")->content_hash());
  ASSERT_TRUE(Append("datasets/two", {Batch(3, {7, 8}, 0)}).ok());
  EXPECT_NE(store_->GetDataset("datasets/one")->content_hash(), store_->GetDataset("datasets/two")->content_hash());
}

TEST_F(StoreTest, RowsInTheirFilesAreThoseInMemoryUpToTheBatchAskedFor) {
  ASSERT_TRUE(store_->CreateDataset(Named("datasets/d"), {}, {}).ok());
  v1::SnapshotBatch mixed = Batch(2, {5, 6, 7, 8, 9, 10}, 0);
  *mixed.mutable_times() = ToTensor(std::vector<double>{1, -0.0, 1}, {3}, v1::DATA_TYPE_FLOAT64);
  *mixed.mutable_weights() = ToTensor(std::vector<double>{0.5, 2, 3}, {3}, v1::DATA_TYPE_FLOAT64);
  ASSERT_TRUE(Append("datasets/d", {Batch(1, {1, 2, 3, 4}, 0), mixed, Batch(3, {11, 12}, 1)}).ok());
  const v1::Dataset dataset = *store_->GetDataset("datasets/d");
  for (const int64_t last : {2, 3}) {
    const Snapshots memory = *store_->LoadSnapshots(dataset, last);
    const absl::StatusOr<StoredRows> stored = store_->OpenRows(dataset, last);
    ASSERT_TRUE(stored.ok()) << stored.status();
    EXPECT_EQ(stored->shape().times, memory.shape().times);
    EXPECT_EQ(stored->shape().counts, memory.shape().counts);
    for (size_t k = 0; k < memory.at.size(); ++k) {
      Snapshot read;
      const int64_t count = stored->shape().counts[k];
      ASSERT_TRUE(stored
                      ->Append(
                          k, 0, count, [](int64_t) { return true; }, &read)
                      .ok());
      EXPECT_EQ(read.points.values, memory.at[k].points.values);
      EXPECT_EQ(read.weights, memory.at[k].weights);
      EXPECT_EQ(read.rows, memory.at[k].rows);
    }
  }
}

TEST_F(StoreTest, WhatWasStoredIsThereAfterReopening) {
  MakeDataset("datasets/d");
  const v1::Dataset dataset = *store_->GetDataset("datasets/d");
  Reopen();
  EXPECT_EQ(store_->GetDataset("datasets/d")->SerializeAsString(), dataset.SerializeAsString());
  EXPECT_EQ(store_->ReadBatch(dataset, 2)->SerializeAsString(), Batch(2, {2, 2, 3, 3}, 1).SerializeAsString());
  const Snapshots snapshots = *store_->LoadSnapshots(dataset, 2);
  ASSERT_EQ(snapshots.at.size(), 2u);
  EXPECT_EQ(snapshots.at[1].rows, (std::vector<int64_t>{2, 3}));
}

TEST_F(StoreTest, NamesAreReusedAfterADeleteAndFilesGo) {
  MakeDataset("datasets/d");
  const std::string uid = store_->GetDataset("datasets/d")->uid();
  EXPECT_TRUE(absl::IsAlreadyExists(store_->CreateDataset(Named("datasets/d"), {}, {}).status()));
  EXPECT_TRUE(absl::IsAborted(store_->DeleteDataset("datasets/d", "old")));
  ASSERT_TRUE(store_->DeleteDataset("datasets/d", "").ok());
  EXPECT_FALSE(std::filesystem::exists(folder_ + "/datasets/" + uid));
  EXPECT_TRUE(absl::IsNotFound(store_->GetDataset("datasets/d").status()));
  MakeDataset("datasets/d");
  EXPECT_NE(store_->GetDataset("datasets/d")->uid(), uid);
}

TEST_F(StoreTest, ARequestIdMakesCreationSafeToRepeat) {
  const v1::Dataset made = *store_->CreateDataset(Named("datasets/d"), {}, {"id", "content"});
  EXPECT_EQ(store_->CreateDataset(Named("datasets/d"), {}, {"id", "content"})->uid(), made.uid());
  EXPECT_TRUE(absl::IsInvalidArgument(store_->CreateDataset(Named("datasets/e"), {}, {"id", "other"}).status()));
}

TEST_F(StoreTest, ARequestIdIsForgottenWithWhatItMade) {
  const RequestKey request = {"id", "content", ""};
  const v1::Dataset first = *store_->CreateDataset(Named("datasets/d"), {}, request);
  ASSERT_TRUE(store_->DeleteDataset("datasets/d", "").ok());
  ASSERT_TRUE(store_->CreateDataset(Named("datasets/d"), {}, {"another", "content", ""}).ok());
  // A late repeat must not answer with what another call made.
  EXPECT_TRUE(absl::IsAlreadyExists(store_->CreateDataset(Named("datasets/d"), {}, request).status()));
  ASSERT_TRUE(store_->DeleteDataset("datasets/d", "").ok());
  EXPECT_NE(store_->CreateDataset(Named("datasets/d"), {}, request)->uid(), first.uid());

  v1::Job job;
  job.set_name("jobs/j");
  job.set_dataset("datasets/d");
  job.set_dataset_uid(store_->GetDataset("datasets/d")->uid());
  job.add_fields("fields/j");
  const std::string uid = store_->CreateJob(job, request)->uid();
  ::testing::internal::CaptureStderr();
  EXPECT_EQ(store_->CreateJob(job, request)->uid(), uid);
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");  // only what was made is logged
  EXPECT_EQ((*store_->FindJob(request))->uid(), uid);
  EXPECT_FALSE((*store_->FindJob({"other", "content", ""})).has_value());
  EXPECT_TRUE(absl::IsInvalidArgument(store_->FindJob({"id", "other", ""}).status()));
  ASSERT_TRUE(store_->CancelJob("jobs/j").ok());
  ASSERT_TRUE(store_->DeleteJob("jobs/j", "").ok());
  EXPECT_NE(store_->CreateJob(job, request)->uid(), uid);
}

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

TEST_F(StoreTest, AFieldsNameIsReservedWhileItsJobLives) {
  MakeDataset("datasets/d");
  ASSERT_TRUE(Queue("j").ok());
  v1::Field field;
  field.set_name("fields/j");
  EXPECT_TRUE(absl::IsAlreadyExists(store_->CreateField(field, "bytes").status()));
  ASSERT_TRUE(store_->CancelJob("jobs/j").ok());
  EXPECT_TRUE(store_->CreateField(field, "bytes").ok());
  ASSERT_TRUE(store_->DeleteJob("jobs/j", "").ok());
  EXPECT_TRUE(absl::IsAlreadyExists(Queue("j").status()));
}

TEST_F(StoreTest, PagesHoldEveryItemOnce) {
  for (int i = 0; i < 7; ++i) ASSERT_TRUE(store_->CreateDataset(Named(absl::StrCat("datasets/d", i)), {}, {}).ok());
  for (const int size : {1, 2, 3, 7, 10}) {
    std::set<std::string> seen;
    std::string token;
    int pages = 0;
    do {
      const Page<v1::Dataset> page = *store_->ListDatasets(size, token);
      for (const v1::Dataset& dataset : page.items) EXPECT_TRUE(seen.insert(dataset.name()).second);
      token = page.next_page_token;
      ++pages;
    } while (!token.empty());
    EXPECT_EQ(seen.size(), 7u);
    EXPECT_EQ(pages, (7 + size - 1) / size);
  }
  EXPECT_TRUE(absl::IsInvalidArgument(store_->ListDatasets(5, "!").status()));
  EXPECT_TRUE(absl::IsInvalidArgument(store_->ListJobs(5, store_->ListDatasets(1, "")->next_page_token).status()));
}

TEST_F(StoreTest, ADatasetThatCannotBeWrittenLeavesNoFiles) {
  // As on a full disk: files above this size cannot be written.
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  std::signal(SIGXFSZ, SIG_IGN);
  const rlimit small{8192, before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
  const std::vector<v1::SnapshotBatch> batches = {Batch(1, {0, 0}, 0), Batch(2, std::vector<double>(2000), 1)};
  const absl::Status status = store_->CreateDataset(Named("datasets/d"), batches, {}).status();
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &before), 0);
  EXPECT_FALSE(status.ok());
  EXPECT_TRUE(std::filesystem::is_empty(folder_ + "/datasets"));
  const BeforeBatch stop = [] { return absl::CancelledError("enough"); };
  EXPECT_TRUE(absl::IsCancelled(store_->CreateDataset(Named("datasets/d"), batches, {}, stop).status()));
  EXPECT_TRUE(store_->CreateDataset(Named("datasets/d"), batches, {}).ok());
}

TEST_F(StoreTest, WhatIsDeletedWhileItIsReadIsNotFound) {
  v1::Field field;
  field.set_name("fields/f");
  field = *store_->CreateField(field, "not read here");
  ASSERT_TRUE(store_->DeleteField("fields/f", "").ok());
  EXPECT_TRUE(absl::IsNotFound(store_->ReadFieldFile(field).status()));
  v1::Field again;
  again.set_name("fields/f");
  ASSERT_TRUE(store_->CreateField(again, "another").ok());
  EXPECT_TRUE(absl::IsNotFound(store_->ReadFieldFile(field).status()));
  MakeDataset("datasets/d");
  const v1::Dataset dataset = *store_->GetDataset("datasets/d");
  ASSERT_TRUE(store_->DeleteDataset("datasets/d", "").ok());
  EXPECT_TRUE(absl::IsNotFound(store_->ReadBatch(dataset, 1).status()));
  EXPECT_TRUE(absl::IsNotFound(store_->LoadSnapshots(dataset, 2).status()));
}

TEST_F(StoreTest, CatchingUpIsForTheFirstAppendAfterARestartAndGoesOnWhereItWasStopped) {
  ASSERT_TRUE(store_->CreateDataset(Named("datasets/d"), {}, {}).ok());
  std::vector<v1::SnapshotBatch> batches;
  for (int64_t number = 1; number <= 20; ++number) batches.push_back(Batch(number, {1, 2}, 0));
  ASSERT_TRUE(Append("datasets/d", batches).ok());
  EXPECT_FALSE(*store_->IsFarBehind("datasets/d", 21));
  Reopen();
  EXPECT_TRUE(*store_->IsFarBehind("datasets/d", 21));
  EXPECT_FALSE(*store_->IsFarBehind("datasets/d", 20));  // a repeat needs no hash
  int asked = 0;
  const BeforeBatch stop = [&] { return ++asked > 15 ? absl::CancelledError("enough") : absl::OkStatus(); };
  EXPECT_TRUE(absl::IsCancelled(store_->CatchUp("datasets/d", stop).status()));
  EXPECT_FALSE(*store_->IsFarBehind("datasets/d", 21));
  asked = 0;
  EXPECT_TRUE(*store_->CatchUp("datasets/d", stop));
  EXPECT_EQ(asked, 5);
  ASSERT_TRUE(Append("datasets/d", {Batch(21, {3, 4}, 0)}).ok());
  batches.push_back(Batch(21, {3, 4}, 0));
  EXPECT_EQ(store_->GetDataset("datasets/d")->content_hash(),
            store_->CreateDataset(Named("datasets/same"), batches, {})->content_hash());
}

TEST_F(StoreTest, OrphansAreRemovedUnlessTheDatabaseKnowsNothing) {
  const std::filesystem::path orphan = folder_ + "/datasets/dead";
  std::filesystem::create_directory(orphan);
  ASSERT_TRUE(store_->RemoveOrphans(absl::ZeroDuration()).ok());
  EXPECT_TRUE(std::filesystem::exists(orphan));
  MakeDataset("datasets/d");
  v1::Field field;
  field.set_name("fields/f");
  field = *store_->CreateField(field, "");
  ASSERT_TRUE(store_->RemoveOrphans(absl::Hours(1)).ok());
  EXPECT_TRUE(std::filesystem::exists(orphan));
  ASSERT_TRUE(store_->RemoveOrphans(absl::ZeroDuration()).ok());
  EXPECT_FALSE(std::filesystem::exists(orphan));
  EXPECT_TRUE(store_->ReadBatch(*store_->GetDataset("datasets/d"), 2).ok());
  EXPECT_TRUE(std::filesystem::exists(folder_ + "/fields/" + field.uid() + ".safetensors"));
}

TEST_F(StoreTest, AnotherSchemaIsRefused) {
  store_.reset();
  ASSERT_EQ(
      std::system(absl::StrCat("/usr/bin/python3 -c \"import sqlite3; c = sqlite3.connect('", folder_,
                               "/actionmatch.db'); c.execute('UPDATE schema_version SET version = 99'); c.commit()\"")
                      .c_str()),
      0);
  const absl::Status status = Store::Open(folder_).status();
  EXPECT_TRUE(absl::IsFailedPrecondition(status));
  EXPECT_THAT(std::string(status.message()), HasSubstr("99"));
}

}  // namespace
}  // namespace actionmatch
