// Laws of the store: what was stored is there, once, and what was deleted is not.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "absl/strings/str_cat.h"
#include "server/messages/snapshot_batch.h"
#include "tests/server/store/store_fixture.h"

namespace actionmatch {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST_P(StoreTest, BatchesAreNumberedWithoutGapsAndRepeatsChangeNothing) {
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

TEST_P(StoreTest, TheSameNumberTwiceInOneGroupMustAgree) {
  ASSERT_TRUE(store_->CreateDataset(Named("datasets/d"), {}, {}).ok());
  EXPECT_TRUE(absl::IsAlreadyExists(Append("datasets/d", {Batch(1, {1, 2}, 0), Batch(1, {1, 3}, 0)})));
  EXPECT_EQ(acknowledged_.acknowledged_batch(), 1);
}

TEST_P(StoreTest, ContentHashIsIndependentOfBatchingAndOfRestarts) {
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

TEST_P(StoreTest, RowsInTheirFilesAreThoseInMemoryUpToTheBatchAskedFor) {
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

TEST_P(StoreTest, WhatWasStoredIsThereAfterReopening) {
  MakeDataset("datasets/d");
  const v1::Dataset dataset = *store_->GetDataset("datasets/d");
  Reopen();
  EXPECT_EQ(store_->GetDataset("datasets/d")->SerializeAsString(), dataset.SerializeAsString());
  EXPECT_EQ(store_->ReadBatch(dataset, 2)->SerializeAsString(), Batch(2, {2, 2, 3, 3}, 1).SerializeAsString());
  const Snapshots snapshots = *store_->LoadSnapshots(dataset, 2);
  ASSERT_EQ(snapshots.at.size(), 2u);
  EXPECT_EQ(snapshots.at[1].rows, (std::vector<int64_t>{2, 3}));
}

TEST_P(StoreTest, NamesAreReusedAfterADeleteAndFilesGo) {
  MakeDataset("datasets/d");
  const std::string uid = store_->GetDataset("datasets/d")->uid();
  EXPECT_TRUE(absl::IsAlreadyExists(store_->CreateDataset(Named("datasets/d"), {}, {}).status()));
  EXPECT_TRUE(absl::IsAborted(store_->DeleteDataset("datasets/d", "old")));
  ASSERT_TRUE(store_->DeleteDataset("datasets/d", "").ok());
  EXPECT_THAT(Names("datasets"), IsEmpty());
  EXPECT_TRUE(absl::IsNotFound(store_->GetDataset("datasets/d").status()));
  MakeDataset("datasets/d");
  EXPECT_NE(store_->GetDataset("datasets/d")->uid(), uid);
}

TEST_P(StoreTest, ARequestIdMakesCreationSafeToRepeat) {
  const v1::Dataset made = *store_->CreateDataset(Named("datasets/d"), {}, {"id", "content"});
  EXPECT_EQ(store_->CreateDataset(Named("datasets/d"), {}, {"id", "content"})->uid(), made.uid());
  EXPECT_TRUE(absl::IsInvalidArgument(store_->CreateDataset(Named("datasets/e"), {}, {"id", "other"}).status()));
}

TEST_P(StoreTest, ARequestIdIsForgottenWithWhatItMade) {
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

TEST_P(StoreTest, AFieldsNameIsReservedWhileItsJobLives) {
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

TEST_P(StoreTest, PagesHoldEveryItemOnce) {
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

TEST_P(StoreTest, WhatIsDeletedWhileItIsReadIsNotFound) {
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

TEST_P(StoreTest, CatchingUpIsForTheFirstAppendAfterARestartAndGoesOnWhereItWasStopped) {
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

ACTIONMATCH_FOR_EVERY_STORE;

}  // namespace
}  // namespace actionmatch
