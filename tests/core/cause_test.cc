#include "core/cause.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "absl/strings/cord.h"

namespace actionmatch {
namespace {

using testing::IsEmpty;

TEST(CauseTest, AnErrorTellsItsReasonAndValues) {
  const std::map<std::string, std::string> values = {{"member", "5"}, {"members", "2"}};
  const absl::Status status = ErrorOf(kNoSuchMember, values, "no member 5");
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(status.message(), "no member 5");
  EXPECT_EQ(CauseOf(status).reason, "NO_SUCH_MEMBER");
  EXPECT_EQ(CauseOf(status).values, values);
}

TEST(CauseTest, StatusesWithoutACauseHaveNone) {
  for (const absl::Status& status : {absl::OkStatus(), absl::NotFoundError("gone")}) {
    EXPECT_THAT(CauseOf(status).reason, IsEmpty());
    EXPECT_THAT(CauseOf(status).values, IsEmpty());
  }
}

TEST(CauseTest, AnotherTextKeepsAllElse) {
  absl::Status status = ErrorOf(kDiskFull, {{"path", "/data"}}, "full");
  status.SetPayload("other", absl::Cord("kept"));
  const absl::Status with = WithMessage(status, "still full");
  EXPECT_EQ(with.code(), status.code());
  EXPECT_EQ(with.message(), "still full");
  EXPECT_EQ(CauseOf(with).reason, "DISK_FULL");
  EXPECT_EQ(CauseOf(with).values, CauseOf(status).values);
  EXPECT_EQ(with.GetPayload("other"), "kept");
}

TEST(CauseTest, EachReasonHasItsOwnWord) {
  std::set<std::string> words;
  for (const Reason& reason : kCoreReasons) EXPECT_TRUE(words.insert(reason.word).second) << reason.word;
}

}  // namespace
}  // namespace actionmatch
