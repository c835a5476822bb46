// Stores for tests: in a real folder, and in memory. What holds for every store is tested on both.

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

#include "server/store/blobs.h"
#include "server/store/database.h"
#include "server/store/folder_blobs.h"
#include "server/store/memory_blobs.h"
#include "server/store/sqlite_database.h"
#include "server/store/store.h"
#include "tests/server/store/small_datasets.h"

namespace actionmatch {

enum class Place { kFolder, kMemory };

inline std::string NameOf(const ::testing::TestParamInfo<Place>& info) {
  return info.param == Place::kFolder ? "InAFolder" : "InMemory";
}

// A store with helpers.
class StoreFixture {
 protected:
  explicit StoreFixture(Place place) {
    if (place == Place::kFolder) {
      std::string pattern = ::testing::TempDir() + "store_test.XXXXXX";
      folder_ = mkdtemp(pattern.data());
    } else {
      database_ = *OpenSqliteInMemory();
      blobs_ = MakeMemoryBlobs();
    }
    Reopen();
    if (place == Place::kFolder) blobs_ = *OpenFolderBlobs(folder_, {});
  }
  ~StoreFixture() {
    store_.reset();
    if (!folder_.empty()) std::filesystem::remove_all(folder_);
  }
  // As another server does, or the same after a restart.
  std::unique_ptr<Store> OpenAnother() {
    absl::StatusOr<std::unique_ptr<Store>> opened =
        folder_.empty() ? Store::Over(database_, blobs_) : Store::Open(folder_);
    EXPECT_TRUE(opened.ok()) << opened.status();
    return *std::move(opened);
  }
  void Reopen() {
    store_.reset();
    store_ = OpenAnother();
  }
  // The names of all blobs and folders in a folder.
  std::vector<std::string> Names(const std::string& folder) { return blobs_->List(folder, absl::InfiniteFuture()); }

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

  std::string folder_;                  // empty in memory
  std::shared_ptr<Database> database_;  // null in a folder
  std::shared_ptr<Blobs> blobs_;        // those of the store
  std::unique_ptr<Store> store_;
  v1::AppendSnapshotsResponse acknowledged_;
  Store::Added added_;
};

// TEST_P: for every store. Ends with ACTIONMATCH_FOR_EVERY_STORE.
class StoreTest : public StoreFixture, public ::testing::TestWithParam<Place> {
 protected:
  StoreTest() : StoreFixture(GetParam()) {}
};
#define ACTIONMATCH_FOR_EVERY_STORE \
  INSTANTIATE_TEST_SUITE_P(Stores, StoreTest, ::testing::Values(Place::kFolder, Place::kMemory), NameOf)

// TEST_F: what only a folder can show.
class FolderStoreTest : public StoreFixture, public ::testing::Test {
 protected:
  FolderStoreTest() : StoreFixture(Place::kFolder) {}
};

}  // namespace actionmatch

#endif  // ACTIONMATCH_TESTS_SERVER_STORE_STORE_FIXTURE_H_
