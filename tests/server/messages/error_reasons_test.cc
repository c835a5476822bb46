#include "server/messages/error_reasons.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <set>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace actionmatch {
namespace {

// The comment before each reason in errors.proto.
std::map<std::string, std::string> Documented() {
  std::ifstream file(ACTIONMATCH_ERRORS_PROTO);
  std::map<std::string, std::string> comments;
  std::string comment;
  for (std::string line; std::getline(file, line);) {
    absl::string_view text = absl::StripAsciiWhitespace(line);
    if (absl::ConsumePrefix(&text, "//")) {
      absl::StrAppend(&comment, text);
    } else {
      if (absl::ConsumePrefix(&text, "ERROR_REASON_")) {
        comments[std::string(text.substr(0, text.find(' ')))] = std::string(absl::StripAsciiWhitespace(comment));
      }
      comment.clear();
    }
  }
  return comments;
}

TEST(ErrorReasonsTest, EachReasonHasOneRow) {
  std::set<int> rows;
  for (const ErrorRow& row : ErrorTable()) EXPECT_TRUE(rows.insert(row.reason).second) << ReasonWord(row.reason);
  std::set<int> reasons;
  for (int i = 0; i < v1::ErrorReason_descriptor()->value_count(); ++i) {
    reasons.insert(v1::ErrorReason_descriptor()->value(i)->number());
  }
  reasons.erase(v1::ERROR_REASON_UNSPECIFIED);
  EXPECT_EQ(rows, reasons);
}

TEST(ErrorReasonsTest, TheApisDocumentsSayTheSameAsTheTable) {
  const std::map<std::string, std::string> documented = Documented();
  EXPECT_EQ(documented.size(), ErrorTable().size() + 1);
  for (const ErrorRow& row : ErrorTable()) {
    const auto found = documented.find(ReasonWord(row.reason));
    ASSERT_NE(found, documented.end()) << ReasonWord(row.reason);
    EXPECT_TRUE(absl::StartsWith(found->second, absl::StrCat(absl::StatusCodeToString(row.code), ": ")))
        << ReasonWord(row.reason) << " is documented as " << found->second;
    EXPECT_EQ(absl::StrContains(found->second, "With RetryInfo."), row.retry_after.has_value())
        << ReasonWord(row.reason) << " is documented as " << found->second;
  }
}

TEST(ErrorReasonsTest, EveryCodeHasAReasonOfItsOwn) {
  for (int code = 1; code <= 16; ++code) {
    const absl::Status status(static_cast<absl::StatusCode>(code), "");
    EXPECT_EQ(RowOf(status).code, status.code());
    EXPECT_EQ(ReasonWord(RowOf(status).reason), absl::StatusCodeToString(status.code()));
  }
}

TEST(ErrorReasonsTest, TheCoresReasonsAreTheApis) {
  for (const Reason& reason : kCoreReasons) {
    const absl::Status status = ErrorOf(reason, {}, "text");
    EXPECT_EQ(ReasonWord(RowOf(status).reason), reason.word);
    EXPECT_EQ(RowOf(status).code, reason.code);
  }
}

TEST(ErrorReasonsTest, AnErrorHasTheReasonThatItWasMadeWith) {
  const absl::Status gap = ErrorOf(v1::ERROR_REASON_BATCH_GAP, {{"expected", "5"}}, "a gap");
  EXPECT_EQ(gap.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_TRUE(HasReason(gap, v1::ERROR_REASON_BATCH_GAP));
  EXPECT_FALSE(HasReason(gap, v1::ERROR_REASON_JOB_NOT_ENDED));
  EXPECT_FALSE(HasReason(absl::OkStatus(), v1::ERROR_REASON_BATCH_GAP));
  EXPECT_EQ(CauseOf(gap).values.at("expected"), "5");
}

}  // namespace
}  // namespace actionmatch
