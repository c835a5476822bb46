#include "client/terminal/error_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/client/support/server_error.h"

namespace actionmatch {
namespace {

using testing::HasSubstr;

constexpr grpc::StatusCode kInvalid = grpc::StatusCode::INVALID_ARGUMENT;

// The text for a reason whose message nobody but the server's authors should need.
std::string TextOf(const std::string& reason, const std::map<std::string, std::string>& metadata) {
  return ErrorText(Returned({grpc::StatusCode::UNKNOWN, "words of the API", reason, metadata}));
}

TEST(ErrorTextTest, RemediesAreFlagsAndCommands) {
  EXPECT_EQ(TextOf("FIELD_NOT_FOUND", {{"name", "fields/a"}}),
            "there is no field named fields/a: `actionmatch field list` shows those there are");
  EXPECT_EQ(TextOf("METHOD_NEEDS_STEPS", {{"method", "RK4"}}),
            "--steps is required for --method RK4, which has no tolerance");
  EXPECT_EQ(TextOf("TIME_OUTSIDE_FIELD", {{"time", "9"}, {"start_time", "0"}, {"end_time", "4"}}),
            "time 9 is outside the field's times 0 to 4: --extrapolate allows it");
  EXPECT_THAT(TextOf("JOB_NOT_ENDED", {{"job", "jobs/a"}}), HasSubstr("`actionmatch job cancel a`"));
  EXPECT_THAT(TextOf("BATCH_DIFFERS", {{"dataset", "datasets/a"}, {"batch", "1"}}),
              testing::AllOf(HasSubstr("batch 1 of datasets/a"), HasSubstr("--append")));
}

TEST(ErrorTextTest, RemediesFitTheValues) {
  EXPECT_EQ(TextOf("NO_SUCH_MEMBER", {{"member", "2"}, {"members", "1"}}),
            "member 2 is not there: the field has one, 0");
  EXPECT_EQ(TextOf("NO_SUCH_MEMBER", {{"member", "5"}, {"members", "3"}}),
            "member 5 is not one of the field's 3: give --member 0 to 2");
  EXPECT_THAT(TextOf("TOO_FEW_TIMES", {{"dataset", "datasets/a"}, {"times", "0"}, {"required", "2"}}),
              testing::AllOf(HasSubstr("datasets/a holds no snapshots"), HasSubstr("actionmatch dataset put a")));
  EXPECT_THAT(TextOf("TOO_FEW_TIMES", {{"dataset", "datasets/a"}, {"times", "1"}, {"required", "2"}}),
              HasSubstr("2 or more"));
  const auto transforms = [](const char* of_dataset, const char* of_field) {
    return TextOf("TRANSFORM_MISMATCH", {{"dataset", "datasets/a"},
                                         {"field", "fields/b"},
                                         {"dataset_transform", of_dataset},
                                         {"field_transform", of_field}});
  };
  EXPECT_THAT(transforms("none", "scale"),
              testing::AllOf(HasSubstr("divided by no transform"), HasSubstr("--like fields/b")));
  EXPECT_THAT(transforms("scale", "scale"),
              testing::AllOf(HasSubstr("divided by another transform"), HasSubstr("--like fields/b")));
  EXPECT_THAT(transforms("scale", "none"),
              testing::AllOf(HasSubstr("divided by a transform"), HasSubstr("without --whiten")));
}

TEST(ErrorTextTest, FieldsOfTheApiBecomeFlagsAndSettings) {
  EXPECT_EQ(ErrorText(Returned({kInvalid, "", "INVALID_FIELD", {}, {{"solver.steps", "must be 1 to 9, is 0"}}})),
            "--steps must be 1 to 9, is 0");
  EXPECT_EQ(ErrorText(Returned({kInvalid,
                                "",
                                "INVALID_FIELD",
                                {{"violations", "3"}},
                                {{"job.train.training.steps", "is 0"}, {"job.fields", "is taken"}}})),
            "training.steps is 0; --field is taken; and 1 more");
  EXPECT_EQ(ErrorText(Returned({kInvalid, "", "INVALID_FIELD", {}, {{"simulation", "points must be 1"}}})),
            "simulation: points must be 1");
}

TEST(ErrorTextTest, WhatHasNoRemedyHereIsToldAsItCame) {
  EXPECT_EQ(TextOf("SERVER_BUSY", {}), "words of the API");
  EXPECT_EQ(TextOf("OF_LATER", {}), "words of the API");
  EXPECT_EQ(TextOf("TIME_OUTSIDE_FIELD", {{"time", "9"}}), "words of the API");  // not all that the text needs
  EXPECT_EQ(ErrorText(absl::NotFoundError("cannot open a.csv")), "cannot open a.csv");
}

TEST(ErrorTextTest, MoreIsSaidOnce) {
  const absl::Status status =
      WithMore(Returned({grpc::StatusCode::NOT_FOUND, "", "JOB_NOT_FOUND", {{"name", "jobs/a"}}}), "; more");
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(ErrorText(status), "there is no job named jobs/a: `actionmatch job list` shows those there are; more");
}

}  // namespace
}  // namespace actionmatch
