// A store on a real SQLite in a real folder, for its tests.

#ifndef ACTIONMATCH_TESTS_SERVER_STORE_STORE_FIXTURE_H_
#define ACTIONMATCH_TESTS_SERVER_STORE_STORE_FIXTURE_H_

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "server/messages/tensor.h"
#include "server/store/store.h"

namespace actionmatch {

inline v1::SnapshotBatch Batch(int64_t number, const std::vector<double>& values, double time) {
  v1::SnapshotBatch batch;
  batch.set_number(number);
  batch.set_time(time);
  *batch.mutable_points() = ToTensor(values, {static_cast<int64_t>(values.size()) / 2, 2}, v1::DATA_TYPE_FLOAT64);
  return batch;
}

inline v1::Dataset Named(const std::string& name) {
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

}  // namespace actionmatch

#endif  // ACTIONMATCH_TESTS_SERVER_STORE_STORE_FIXTURE_H_
