#include "core/field/field_score.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "core/metrics/score_json.h"
#include "core/simulation/simulate.h"
#include "core/training/trainer.h"

namespace actionmatch {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;

Snapshots Data(int points) {
  Gaussians population;
  population.snapshots = 3;
  population.points = points;
  return *Simulate(population, 1);
}

std::shared_ptr<const Field> Train(const Snapshots& data, int members) {
  TrainSpec spec;
  spec.potential.hidden = {16};
  spec.training.steps = 20;
  spec.training.batch_size = 16;
  spec.training.warmup_steps = 1;
  spec.training.evaluation_interval = 20;
  spec.path.kind = PathSpec::Kind::kLinear;  // needs no plans
  spec.hold_out.test_fraction = 0.5;
  spec.hold_out.refit = false;
  spec.members = members;
  spec.seed = 7;
  TrainerOptions options;
  options.device = TrainingSpec::Device::kCpu;
  auto trainer = Trainer::Create(spec, data, {}, options);
  EXPECT_TRUE(trainer.ok()) << trainer.status();
  auto field = (*trainer)->Run({});
  EXPECT_TRUE(field.ok()) << field.status();
  return *std::move(field);
}

TEST(ScoreTest, AScoreNamesItsSeeds) {
  const Snapshots data = Data(60);
  const auto field = Train(data, 2);
  ScoreOptions options;
  options.seed = 9;
  const FieldScores scores = *ScoreField(*field, data, options);
  for (const SnapshotScore& score : {scores.from_previous[0], scores.from_first[1]}) {
    EXPECT_EQ(score.split_seed, 7u);
    EXPECT_EQ(score.floor_seed, 9u);
    EXPECT_THAT(score.member_seeds, ElementsAre(7u, MemberSeed(7, 1)));
    EXPECT_EQ(score.pushed_present, score.pushed_count);
    EXPECT_EQ(score.distance, Distance::kExact);
  }
  for (const SnapshotScore& score : field->provenance().scores) {  // those of training, which has no floor
    EXPECT_EQ(score.split_seed, 7u);
    EXPECT_FALSE(score.floor_seed.has_value());
    EXPECT_THAT(score.member_seeds, ElementsAre(7u, MemberSeed(7, 1)));
  }
}

TEST(ScoreTest, TheMeanIsThatOfTheMembersScoredAlone) {
  const Snapshots data = Data(60);
  const auto field = Train(data, 2);
  ScoreOptions options;
  const SnapshotScore both = ScoreField(*field, data, options)->from_first[1];
  std::vector<SnapshotScore> alone;
  for (options.member = 0; options.member < 2; ++options.member) {
    alone.push_back(ScoreField(*field, data, options)->from_first[1]);
    EXPECT_EQ(alone.back().members, 1);
    EXPECT_THAT(alone.back().member_seeds, ElementsAre(MemberSeed(7, options.member)));
  }
  EXPECT_NE(alone[0].w1, alone[1].w1);
  EXPECT_DOUBLE_EQ(both.w1, (alone[0].w1 + alone[1].w1) / 2);
  EXPECT_NEAR(both.w1_deviation, std::abs(alone[0].w1 - alone[1].w1) / std::sqrt(2), 1e-12);
  EXPECT_EQ(ScoreField(*field, data, options).status().code(), absl::StatusCode::kInvalidArgument);  // member 2
}

// In two dimensions a sliced distance is below the exact one by 2/pi for W1 and sqrt 2 for W2, or more.
TEST(ScoreTest, BeyondTheMostPairsAllDistancesAreSliced) {
  const Snapshots data = Data(60);
  const auto field = Train(data, 1);
  ScoreOptions options;
  options.most_exact_pairs = 60 * 60;
  const SnapshotScore exact = ScoreField(*field, data, options)->from_previous[0];
  EXPECT_EQ(exact.distance, Distance::kExact);
  --options.most_exact_pairs;
  const FieldScores scores = *ScoreField(*field, data, options);
  for (const SnapshotScore& s : scores.from_first) EXPECT_EQ(s.distance, Distance::kSliced);
  const SnapshotScore& sliced = scores.from_previous[0];
  EXPECT_EQ(sliced.distance, Distance::kSliced);
  EXPECT_EQ(sliced.pushed_count, 60);  // every row, none left out
  const auto below = [](double bound) { return AllOf(testing::Gt(0.5 * bound), testing::Lt(1.01 * bound)); };
  EXPECT_THAT(sliced.w1, below(exact.w1 * 2 / M_PI));
  EXPECT_THAT(*sliced.copy_w1, below(*exact.copy_w1 * 2 / M_PI));
  EXPECT_THAT(*sliced.floor_w1, below(*exact.floor_w1 * 2 / M_PI));
  EXPECT_THAT(*sliced.floor_w2, below(*exact.floor_w2 / std::sqrt(2)));
  EXPECT_EQ(sliced.mmd2, exact.mmd2);
}

// One point says nothing of how far apart two parts of its population are.
TEST(ScoreTest, ASnapshotOfOnePointIsScoredWithoutAFloor) {
  Snapshots data = Data(60);
  const auto field = Train(data, 1);
  const auto score = [&] {
    const auto scores = ScoreField(*field, data, {});
    EXPECT_TRUE(scores.ok()) << scores.status();
    return scores.ok() ? scores->from_previous.back() : SnapshotScore();
  };
  Snapshot& last = data.at.back();
  std::fill(last.weights.begin() + 1, last.weights.end(), 0.0);
  const SnapshotScore weighed = score();
  EXPECT_FALSE(weighed.floor_w1.has_value());
  EXPECT_FALSE(weighed.floor_seed.has_value());
  EXPECT_TRUE(weighed.copy_w1.has_value());
  EXPECT_GT(weighed.w1, 0);
  EXPECT_EQ(weighed.mmd2, 0);
  last = {last.time, {2, {last.points.values[0], last.points.values[1]}}, {1}, {last.rows[0]}, 1};
  EXPECT_NEAR(score().w1, weighed.w1, 1e-9);
}

TEST(ScoreTest, TrainingScoresOfLargeSnapshotsSayOfHowManyRowsTheyAre) {
  const auto field = Train(Data(2500), 1);
  ASSERT_FALSE(field->provenance().scores.empty());
  for (const SnapshotScore& score : field->provenance().scores) {
    if (score.subset != Subset::kTest) continue;
    EXPECT_EQ(score.observed_count, 1000);
    EXPECT_NEAR(static_cast<double>(score.observed_present), 1250, 100);
    EXPECT_NEAR(static_cast<double>(score.pushed_present), 1250, 100);
  }
}

TEST(ScoreJsonTest, WhatIsWrittenIsRead) {
  SnapshotScore score;
  score.time = 2;
  score.observed_count = 1000;
  score.observed_present = 1200;
  score.distance = Distance::kSliced;
  score.split_seed = std::numeric_limits<uint64_t>::max();
  score.member_seeds = {1, uint64_t{1} << 63U};
  score.w1 = std::numeric_limits<double>::infinity();
  const std::string json = ScoresToJson({score});
  const auto read = ScoresFromJson(json);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(ScoresToJson(*read), json);
  EXPECT_EQ(read->front().observed_present, 1200);
  EXPECT_EQ(read->front().distance, Distance::kSliced);
  EXPECT_EQ(read->front().split_seed, score.split_seed);
  EXPECT_EQ(read->front().member_seeds, score.member_seeds);
}

TEST(ScoreJsonTest, ScoresOfEarlierFilesAreExactAndOfAllTheirRows) {
  const auto read = ScoresFromJson(
      R"([{"time":1,"source_time":0,"subset":3,"pushed_count":5,"observed_count":6,"w1":1,"w2":1,"mmd2":0,"members":1,)"
      R"("w1_deviation":0,"w2_deviation":0,"mass":1,"observed_mass":null,"effective_sample_size":5}])");
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->front().distance, Distance::kExact);
  EXPECT_EQ(read->front().observed_present, 6);
  EXPECT_TRUE(read->front().member_seeds.empty());
}

}  // namespace
}  // namespace actionmatch
