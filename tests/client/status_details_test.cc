#include "client/status_details.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/client/support/server_error.h"

namespace actionmatch {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

TEST(StatusDetailsTest, WhatTheServerTellsComesThrough) {
  const absl::Status status =
      Returned({grpc::StatusCode::FAILED_PRECONDITION, "a gap", "BATCH_GAP", {{"expected", "5"}}, {}, 1500});
  EXPECT_EQ(status, absl::Status(status)) << "details ride on the status";
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
  const ErrorDetails details = DetailsOf(
      Returned({grpc::StatusCode::INVALID_ARGUMENT, "", "INVALID_FIELD", {}, {{"b", "is 0"}, {"a", "is -1"}}}));
  ASSERT_EQ(details.violations.size(), 2u);
  EXPECT_EQ(details.violations[0].field, "b");
  EXPECT_EQ(details.violations[1].description, "is -1");
  EXPECT_FALSE(details.retry_after.has_value());
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
