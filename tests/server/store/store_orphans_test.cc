// Laws of what crashes leave behind.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/server/store/store_fixture.h"

namespace actionmatch {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

TEST_P(StoreTest, OrphansStayBesideADatabaseThatKnowsNothing) {
  ASSERT_TRUE(blobs_->Put("datasets/dead/1-0.safetensors", "orphan").ok());
  ::testing::internal::CaptureStderr();
  ASSERT_TRUE(store_->RemoveOrphans(-absl::Hours(1)).ok());
  EXPECT_THAT(::testing::internal::GetCapturedStderr(), HasSubstr("event=orphans_left count=1"));
  EXPECT_THAT(Names("datasets"), Contains("datasets/dead"));
}

TEST_P(StoreTest, OrphansGoOnceTheyAreOldAndNothingElseGoes) {
  MakeDataset("datasets/d");
  ASSERT_TRUE(Queue("j").ok());
  const Lease lease = Claim();
  ASSERT_TRUE(store_->WriteCheckpoint(lease, "checkpoint", 1).ok());
  v1::Field field;
  field.set_name("fields/f");
  ASSERT_TRUE(store_->CreateField(field, "field").ok());
  const std::vector<std::string> folders = {"datasets", "jobs", "fields"};
  std::vector<std::vector<std::string>> before;
  for (const std::string& folder : folders) before.push_back(Names(folder));
  const std::vector<std::string> orphans = {"datasets/dead/1-0.safetensors", "jobs/dead/1-5.safetensors",
                                            "fields/dead.safetensors", "fields/dead.safetensors.tmp7.0"};
  for (const std::string& orphan : orphans) ASSERT_TRUE(blobs_->Put(orphan, "orphan").ok());

  ASSERT_TRUE(store_->RemoveOrphans(absl::Hours(1)).ok());  // whoever writes them may still write the row
  for (const std::string& orphan : orphans) EXPECT_TRUE(blobs_->Get(orphan).ok()) << orphan;

  ::testing::internal::CaptureStderr();
  ASSERT_TRUE(store_->RemoveOrphans(-absl::Hours(1)).ok());
  EXPECT_THAT(::testing::internal::GetCapturedStderr(),
              ::testing::AllOf(HasSubstr("event=orphan_removed path="), HasSubstr("datasets/dead error=")));
  for (const std::string& orphan : orphans) EXPECT_TRUE(absl::IsNotFound(blobs_->Get(orphan).status())) << orphan;
  for (size_t i = 0; i < folders.size(); ++i) {
    EXPECT_THAT(Names(folders[i]), ::testing::UnorderedElementsAreArray(before[i]));
  }
  EXPECT_TRUE(store_->ReadBatch(*store_->GetDataset("datasets/d"), 2).ok());
  EXPECT_EQ(**store_->ReadCheckpoint(lease), "checkpoint");
}

ACTIONMATCH_FOR_EVERY_STORE;

}  // namespace
}  // namespace actionmatch
