// What only a store in a folder can show: processes that share it, a full disk, the layout of its files.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <set>
#include <thread>

#include "absl/strings/str_cat.h"
#include "server/messages/snapshot_batch.h"
#include "tests/server/store/store_fixture.h"

namespace actionmatch {
namespace {

using ::testing::HasSubstr;

TEST_F(FolderStoreTest, EveryJobIsClaimedOnceByThreadsAndProcesses) {
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

TEST_F(FolderStoreTest, ADatasetThatCannotBeWrittenLeavesNoFiles) {
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

TEST_F(FolderStoreTest, AnotherSchemaIsRefused) {
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

TEST_F(FolderStoreTest, ACheckpointThatHasNoFolderIsAnErrorThatNamesIt) {
  MakeDataset("datasets/d");
  ASSERT_TRUE(Queue("j").ok());
  const Lease lease = Claim();
  std::filesystem::remove(folder_ + "/jobs");
  std::ofstream(folder_ + "/jobs") << "no folder";
  const absl::Status status = store_->WriteCheckpoint(lease, "checkpoint", 1);
  EXPECT_TRUE(absl::IsUnavailable(status)) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("cannot make " + folder_ + "/jobs/" + lease.job_uid));
}

TEST_F(FolderStoreTest, FilesLieWhereTheLayoutSays) {
  MakeDataset("datasets/d");
  const v1::Dataset dataset = *store_->GetDataset("datasets/d");
  ASSERT_TRUE(Queue("j").ok());
  const Lease lease = Claim();
  ASSERT_TRUE(store_->WriteCheckpoint(lease, "checkpoint", 7).ok());
  v1::Field field;
  field.set_name("fields/f");
  field = *store_->CreateField(field, "field");
  std::set<std::string> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder_)) {
    const std::string file = std::filesystem::relative(entry.path(), folder_);
    if (entry.is_regular_file() && file.rfind("actionmatch.db", 0) != 0) files.insert(file);
  }
  const auto batch = [&](int number, const std::vector<double>& values, double time) {
    return absl::StrCat("datasets/", dataset.uid(), "/", number, "-",
                        BatchHash(Batch(number, values, time)).substr(0, 16), ".safetensors");
  };
  EXPECT_THAT(files, ::testing::UnorderedElementsAre(batch(1, {0, 0, 1, 1}, 0), batch(2, {2, 2, 3, 3}, 1),
                                                     absl::StrCat("jobs/", lease.job_uid, "/1-7.safetensors"),
                                                     absl::StrCat("fields/", field.uid(), ".safetensors")));
}

TEST_F(FolderStoreTest, ADamagedFileIsDataLossThatNamesIt) {
  MakeDataset("datasets/d");
  v1::Field field;
  field.set_name("fields/f");
  field.set_file_hash(std::string(64, '0'));
  field = *store_->CreateField(field, "not what the hash says");
  const absl::Status damaged_field = store_->ReadFieldFile(field).status();
  EXPECT_TRUE(absl::IsDataLoss(damaged_field)) << damaged_field;
  EXPECT_THAT(std::string(damaged_field.message()), HasSubstr("fields/" + field.uid() + ".safetensors"));
  const v1::Dataset dataset = *store_->GetDataset("datasets/d");
  for (const std::string& name : Names("datasets/" + dataset.uid())) {
    std::filesystem::resize_file(folder_ + "/" + name, 20);
  }
  const absl::Status damaged_batch = store_->ReadBatch(dataset, 1).status();
  EXPECT_TRUE(absl::IsDataLoss(damaged_batch)) << damaged_batch;
  EXPECT_THAT(std::string(damaged_batch.message()), HasSubstr("batch 1 of datasets/d"));
}

TEST_F(FolderStoreTest, AFolderThatCannotBeMadeIsToldWithTheRemedy) {
  const absl::Status status = Store::Open(folder_ + "/not/there").status();
  EXPECT_TRUE(absl::IsFailedPrecondition(status)) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("make its parent"));
}

}  // namespace
}  // namespace actionmatch
