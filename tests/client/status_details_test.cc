#include "client/status_details.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/client/support/server_error.h"

namespace actionmatch {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

TEST(StatusDetailsTest, WhatTheServerTellsComesThrough) {
  const absl::Status status =
      Returned({grpc::StatusCode::FAILED_PRECONDITION, "a gap", "BATCH_GAP", {{"expected", "5"}}, {}, 1500});
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(status.message(), "a gap");
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_BATCH_GAP);
  const ErrorDetails details = DetailsOf(status);
  EXPECT_EQ(details.reason, "BATCH_GAP");
  EXPECT_THAT(details.metadata, ElementsAre(Pair("expected", "5")));
  EXPECT_THAT(details.violations, IsEmpty());
  EXPECT_EQ(details.retry_after, absl::Milliseconds(1500));
}

TEST(StatusDetailsTest, ViolationsKeepTheirOrder) {
  std::vector<ErrorDetails::Violation> violations;
  for (int i = 30; i > 0; --i)
    violations.push_back({"labels['a/b " + std::to_string(i) + "']", "is " + std::to_string(i)});
  const ErrorDetails details =
      DetailsOf(Returned({grpc::StatusCode::INVALID_ARGUMENT, "", "INVALID_FIELD", {}, violations}));
  ASSERT_EQ(details.violations.size(), violations.size());
  for (size_t i = 0; i < violations.size(); ++i) {
    EXPECT_EQ(details.violations[i].field, violations[i].field);
    EXPECT_EQ(details.violations[i].description, violations[i].description);
  }
  EXPECT_FALSE(details.retry_after.has_value());
}

TEST(StatusDetailsTest, APrintedStatusShowsThem) {
  const absl::Status status = Returned({grpc::StatusCode::ABORTED, "changed", "ETAG_MISMATCH", {{"current", "7f"}}});
  EXPECT_THAT(status.ToString(), testing::AllOf(HasSubstr("actionmatch/reason='ETAG_MISMATCH'"),
                                                HasSubstr("actionmatch/metadata/current='7f'")));
}

TEST(StatusDetailsTest, AReasonOfALaterServerKeepsItsWord) {
  const absl::Status status = Returned({grpc::StatusCode::ABORTED, "", "OF_LATER"});
  EXPECT_EQ(DetailsOf(status).reason, "OF_LATER");
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_UNSPECIFIED);
}

TEST(StatusDetailsTest, ErrorsWithoutOurDetailsHaveNone) {
  ServerError of_others{grpc::StatusCode::ABORTED, "", "BATCH_GAP"};
  of_others.domain = "elsewhere";
  for (const absl::Status& status :
       {absl::OkStatus(), absl::NotFoundError("gone"), ToStatus(grpc::Status(grpc::StatusCode::UNAVAILABLE, "down")),
        ToStatus(grpc::Status(grpc::StatusCode::ABORTED, "", "\xff no message")), Returned(of_others)}) {
    EXPECT_THAT(DetailsOf(status).reason, IsEmpty()) << status;
    EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_UNSPECIFIED) << status;
  }
}

}  // namespace
}  // namespace actionmatch
