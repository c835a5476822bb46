// Laws of hashes that go on.

#include "server/store/running_hashes.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "core/storage/tensor_file.h"

namespace actionmatch {
namespace {

TEST(StreamingHashTest, IsTheHashOfAllBytesSoFarHoweverTheyCame) {
  std::string all;
  StreamingHash whole;
  EXPECT_EQ(whole.Hex(), Sha256Hex(""));
  for (int i = 0; i < 50; ++i) {
    const std::string piece(static_cast<size_t>(i * 7), static_cast<char>(i));
    all += piece;
    whole.Update(piece);
    EXPECT_EQ(whole.Hex(), Sha256Hex(all)) << i;
  }
}

TEST(StreamingHashTest, CopiesGoOnIndependently) {
  StreamingHash first;
  first.Update("common");
  StreamingHash second(first);
  StreamingHash third;
  third.Update("forgotten");
  third = first;
  second.Update(" second");
  third.Update(" third");
  EXPECT_EQ(first.Hex(), Sha256Hex("common"));
  EXPECT_EQ(second.Hex(), Sha256Hex("common second"));
  EXPECT_EQ(third.Hex(), Sha256Hex("common third"));
}

TEST(AppendStateTest, RemembersTheDatasetsThatWereAskedForLast) {
  AppendState state;
  const auto of = [&state](int i) { return state.Find(absl::StrCat("uid-", i)); };
  of(0)->last_batch = 7;
  of(1)->last_batch = 8;
  for (int i = 2; i <= 256; ++i) {
    EXPECT_EQ(of(i)->last_batch, 0);
    EXPECT_EQ(of(0)->last_batch, 7);  // asked for again and again, so that it stays
  }
  EXPECT_EQ(of(1)->last_batch, 0);  // made anew
}

TEST(AppendStateTest, AnEntryThatIsInUseOutlivesItsPlace) {
  AppendState state;
  const std::shared_ptr<AppendState::Entry> entry = state.Find("uid");
  entry->last_batch = 3;
  for (int i = 0; i < 1000; ++i) state.Find(absl::StrCat(i));
  EXPECT_EQ(entry->last_batch, 3);
  EXPECT_NE(state.Find("uid"), entry);
}

}  // namespace
}  // namespace actionmatch
