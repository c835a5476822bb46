#include "core/metrics/score_json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"

namespace actionmatch {
namespace {

using testing::HasSubstr;

SnapshotScore Example() {
  SnapshotScore score;
  score.time = 0.1;
  score.subset = Subset::kValidation;
  score.distance = Distance::kSliced;
  score.member_seeds = {1, ~uint64_t{0}};
  score.w1 = 1.0 / 3;
  score.w2 = std::numeric_limits<double>::infinity();
  score.observed_mass = 2.5;
  return score;
}

TEST(ScoreJsonTest, ReadingReturnsWhatWasWritten) {
  for (const Subset subset : {Subset::kAll, Subset::kTrain, Subset::kValidation, Subset::kTest}) {
    SnapshotScore score = Example();
    score.subset = subset;
    const std::string json = ScoresToJson({score, SnapshotScore()});
    const auto read = ScoresFromJson(json);
    ASSERT_TRUE(read.ok()) << read.status();
    ASSERT_EQ(read->size(), 2u);
    EXPECT_EQ(read->front().subset, subset);
    EXPECT_EQ(read->front().distance, Distance::kSliced);
    EXPECT_EQ(read->front().w1, 1.0 / 3);
    EXPECT_TRUE(std::isinf(read->front().w2));
    EXPECT_EQ(read->front().member_seeds, score.member_seeds);
    EXPECT_EQ(ScoresToJson(*read), json);
  }
}

// Files of format 1 hold numbers, whose meaning is fixed: subsets from 0 on, distances from 1 on.
TEST(ScoreJsonTest, NumbersOfFormatOneKeepTheirMeaning) {
  const std::string json = ScoresToJson({Example()});
  EXPECT_THAT(json, testing::AllOf(HasSubstr("\"subset\":\"validation\""), HasSubstr("\"distance\":\"sliced\"")));
  const auto with = [&](int subset, int distance) {
    return ScoresFromJson(
        absl::StrReplaceAll(json, {{"\"validation\"", absl::StrCat(subset)}, {"\"sliced\"", absl::StrCat(distance)}}));
  };
  constexpr Subset kSubsets[] = {Subset::kAll, Subset::kTrain, Subset::kValidation, Subset::kTest};
  for (int i = 0; i < 4; ++i) EXPECT_EQ(with(i, 1)->front().subset, kSubsets[i]);
  EXPECT_EQ(with(0, 1)->front().distance, Distance::kExact);
  EXPECT_EQ(with(0, 2)->front().distance, Distance::kSliced);
  for (const auto& [subset, distance] : {std::pair{4, 1}, {-1, 1}, {0, 0}, {0, 3}}) {
    EXPECT_EQ(with(subset, distance).status().code(), absl::StatusCode::kInvalidArgument) << subset << " " << distance;
  }
}

TEST(ScoreJsonTest, AScoreWithoutItsDistanceIsExact) {
  const std::string json = absl::StrReplaceAll(ScoresToJson({Example()}), {{"\"distance\":\"sliced\",", ""}});
  EXPECT_EQ(ScoresFromJson(json)->front().distance, Distance::kExact);
}

TEST(ScoreJsonTest, WhatIsNoListOfScoresIsRefused) {
  for (const char* json : {"", "[1]", "[{}]", "[{\"subset\":\"all\"}]"}) {
    EXPECT_EQ(ScoresFromJson(json).status().code(), absl::StatusCode::kInvalidArgument) << json;
  }
}

}  // namespace
}  // namespace actionmatch
