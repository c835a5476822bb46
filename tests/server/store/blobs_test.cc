// What every Blobs promises, in a folder and in memory.

#include "server/store/blobs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "core/storage/files.h"
#include "server/store/folder_blobs.h"
#include "server/store/memory_blobs.h"

namespace actionmatch {
namespace {

using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

enum class Place { kFolder, kMemory };

class BlobsTest : public ::testing::TestWithParam<Place> {
 protected:
  BlobsTest() {
    std::string pattern = ::testing::TempDir() + "blobs_test.XXXXXX";
    folder_ = mkdtemp(pattern.data());
    blobs_ = GetParam() == Place::kFolder ? *OpenFolderBlobs(folder_, {"top"}) : MakeMemoryBlobs();
  }
  ~BlobsTest() override { std::filesystem::remove_all(folder_); }

  std::vector<std::string> Names(const std::string& folder) { return blobs_->List(folder, absl::InfiniteFuture()); }

  std::string folder_;
  std::unique_ptr<Blobs> blobs_;
};

TEST_P(BlobsTest, WhatWasPutIsThereByteForByteUntilItIsPutAnew) {
  for (const std::string& bytes : {std::string(), std::string("\0\n\xff", 3), std::string(3 << 20, 'x')}) {
    ASSERT_TRUE(blobs_->Put("top/a", bytes).ok());
    EXPECT_EQ(*blobs_->Get("top/a"), bytes);
    const absl::StatusOr<std::string> path = blobs_->LocalPath("top/a");
    ASSERT_TRUE(path.ok()) << path.status();
    EXPECT_EQ(*ReadWholeFile(*path), bytes);
  }
  EXPECT_THAT(Names("top"), UnorderedElementsAre("top/a"));
}

TEST_P(BlobsTest, WhatIsNotThereIsNotFound) {
  EXPECT_TRUE(absl::IsNotFound(blobs_->Get("top/a").status()));
  EXPECT_TRUE(absl::IsNotFound(blobs_->LocalPath("top/a").status()));
  EXPECT_TRUE(blobs_->Remove("top/a").ok());
  EXPECT_THAT(Names("top"), IsEmpty());
  EXPECT_THAT(Names("elsewhere"), IsEmpty());
}

TEST_P(BlobsTest, AGroupIsMadeOneByOneAndStopsAtTheFirstError) {
  std::string bytes;
  const auto make_until = [&](int64_t end) {
    return [&bytes, end](int64_t i) -> absl::StatusOr<Blobs::Blob> {
      if (i == end) return absl::CancelledError("enough");
      bytes = absl::StrCat("bytes of ", i);
      return Blobs::Blob{absl::StrCat("b", i), bytes};
    };
  };
  EXPECT_TRUE(absl::IsCancelled(blobs_->PutGroup("top/group", 4, make_until(2))));
  EXPECT_THAT(Names("top/group"), UnorderedElementsAre("top/group/b0", "top/group/b1"));
  EXPECT_TRUE(blobs_->PutGroup("top/group", 4, make_until(-1)).ok());
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(*blobs_->Get(absl::StrCat("top/group/b", i)), absl::StrCat("bytes of ", i));
  }
}

TEST_P(BlobsTest, AFolderGoesWithAllThatIsInItAndWithNothingElse) {
  for (const char* name : {"top/1/a", "top/1/b", "top/10/a", "top/1.a"}) ASSERT_TRUE(blobs_->Put(name, name).ok());
  EXPECT_THAT(Names("top"), UnorderedElementsAre("top/1", "top/10", "top/1.a"));
  ASSERT_TRUE(blobs_->Remove("top/1").ok());
  EXPECT_THAT(Names("top"), UnorderedElementsAre("top/10", "top/1.a"));
  EXPECT_TRUE(absl::IsNotFound(blobs_->Get("top/1/a").status()));
  ASSERT_TRUE(blobs_->Remove("top/10/a").ok());
  EXPECT_TRUE(absl::IsNotFound(blobs_->Get("top/10/a").status()));
  EXPECT_EQ(*blobs_->Get("top/1.a"), "top/1.a");
}

TEST_P(BlobsTest, OnlyWhatHasNotChangedSinceIsListed) {
  ASSERT_TRUE(blobs_->Put("top/a", "a").ok());
  EXPECT_THAT(blobs_->List("top", absl::Now() - absl::Minutes(1)), IsEmpty());
  EXPECT_THAT(blobs_->List("top", absl::Now() + absl::Minutes(1)), UnorderedElementsAre("top/a"));
}

TEST_P(BlobsTest, ThereIsRoomWhereOneCanWrite) {
  EXPECT_GT(*blobs_->Room(), 0);
  if (GetParam() == Place::kMemory) return;
  std::filesystem::remove_all(folder_);
  EXPECT_TRUE(absl::IsUnavailable(blobs_->Room().status()));
}

INSTANTIATE_TEST_SUITE_P(AllBlobs, BlobsTest, ::testing::Values(Place::kFolder, Place::kMemory));

}  // namespace
}  // namespace actionmatch
