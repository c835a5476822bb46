#include "server/calls/grpc_status.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "server/messages/error_reasons.h"
#include "server/messages/violations.h"

namespace actionmatch {
namespace {

using testing::EndsWith;
using testing::IsEmpty;
using testing::SizeIs;
using testing::StartsWith;

// What a client finds in an error's details.
struct Told {
  google::rpc::Status status;
  google::rpc::ErrorInfo info;
  google::rpc::BadRequest violations;
  google::rpc::RetryInfo retry;
  bool has_retry = false;
};

Told Decoded(const grpc::Status& error) {
  Told told;
  EXPECT_TRUE(told.status.ParseFromString(error.error_details()));
  int infos = 0;
  for (const google::protobuf::Any& detail : told.status.details()) {
    infos += detail.UnpackTo(&told.info);
    detail.UnpackTo(&told.violations);
    told.has_retry = detail.UnpackTo(&told.retry) || told.has_retry;
  }
  EXPECT_EQ(infos, 1);
  EXPECT_EQ(told.info.domain(), "actionmatch");
  // As the status libraries of other languages want it.
  EXPECT_EQ(told.status.code(), static_cast<int>(error.error_code()));
  EXPECT_EQ(told.status.message(), error.error_message());
  return told;
}

// The bytes that an error takes in trailing metadata.
size_t WireBytes(const grpc::Status& error) {
  size_t size = (error.error_details().size() + 2) / 3 * 4;
  for (const char c : error.error_message()) size += c >= ' ' && c <= '~' && c != '%' ? 1 : 3;
  return size;
}

TEST(GrpcStatusTest, OkHasNoDetails) {
  EXPECT_TRUE(ToGrpc(absl::OkStatus()).ok());
  EXPECT_THAT(ToGrpc(absl::OkStatus()).error_details(), IsEmpty());
}

TEST(GrpcStatusTest, EveryReasonOfTheTableIsToldWithItsCodeAndItsTimeToWait) {
  for (const ErrorRow& row : ErrorTable()) {
    const grpc::Status error = ToGrpc(ErrorOf(row.reason, {{"dataset", "datasets/eb"}}, "text"));
    EXPECT_EQ(static_cast<int>(error.error_code()), static_cast<int>(row.code));
    const Told told = Decoded(error);
    EXPECT_EQ(told.info.reason(), ReasonWord(row.reason));
    EXPECT_EQ(told.info.metadata().at("dataset"), "datasets/eb");
    EXPECT_EQ(told.has_retry, row.retry_after.has_value()) << told.info.reason();
    if (!row.retry_after) continue;
    EXPECT_EQ(absl::Seconds(told.retry.retry_delay().seconds()) + absl::Nanoseconds(told.retry.retry_delay().nanos()),
              *row.retry_after);
  }
}

TEST(GrpcStatusTest, AnErrorWithoutACauseIsToldWithTheReasonOfItsCode) {
  for (int code = 1; code <= 16; ++code) {
    const absl::Status status(static_cast<absl::StatusCode>(code), "text");
    EXPECT_EQ(Decoded(ToGrpc(status)).info.reason(), absl::StatusCodeToString(status.code()));
  }
}

TEST(GrpcStatusTest, ViolationsAreToldOneByOne) {
  const Told told =
      Decoded(ToGrpc(ToStatus({Violation{"dynamics.sigma", "is -1"}, Violation{"training.steps", "is 0"}})));
  EXPECT_EQ(told.info.reason(), "INVALID_FIELD");
  EXPECT_EQ(told.info.metadata().at("violations"), "2");
  ASSERT_THAT(told.violations.field_violations(), SizeIs(2));
  EXPECT_EQ(told.violations.field_violations(1).field(), "training.steps");
  EXPECT_EQ(told.violations.field_violations(1).description(), "is 0");
}

TEST(GrpcStatusTest, WhateverIsLongTheWireTakesAll) {
  constexpr size_t kMetadata = 8192 - 600;  // callers take this much of message and details
  const std::string umlauts = [] {
    std::string text = "x";
    for (int i = 0; i < 5000; ++i) text += "\xc3\xa4";
    return text;
  }();
  for (const std::string& text : {std::string(10000, 'x'), umlauts}) {
    const std::vector<Violation> many(200, Violation{text.substr(0, 101), text});
    for (const absl::Status& status :
         {absl::InternalError(text), ToStatus(many), InvalidField("field", text),
          ErrorOf(v1::ERROR_REASON_SERVER_BUSY, {{"a", text}, {"b", text}, {"c", text}}, text)}) {
      const grpc::Status error = ToGrpc(status);
      EXPECT_LT(WireBytes(error), kMetadata);
      Decoded(error);
    }
  }
  // Twenty of the usual length are nearly all told.
  const std::vector<Violation> usual(20, Violation{"job.train.training.learning_rate", "must be 1e-8 to 1, is -0.01"});
  EXPECT_THAT(Decoded(ToGrpc(ToStatus(usual))).violations.field_violations(), SizeIs(20));
}

TEST(GrpcStatusTest, LongMessagesAreCutBetweenCharacters) {
  const auto on_the_wire = [](const std::string& text) { return ToGrpc(absl::InternalError(text)).error_message(); };
  EXPECT_EQ(on_the_wire("field a\nb %"), "field a\nb %");
  EXPECT_EQ(on_the_wire(std::string(2560, 'x')), std::string(2560, 'x'));
  EXPECT_EQ(on_the_wire(std::string(10000, 'x')), std::string(2560, 'x') + "...");
  // Each byte of an a with two dots takes three on the wire.
  std::string umlauts = "x";
  for (int i = 0; i < 5000; ++i) umlauts += "\xc3\xa4";
  EXPECT_EQ(on_the_wire(umlauts), umlauts.substr(0, 1 + 2 * 426) + "...");
}

}  // namespace
}  // namespace actionmatch
