// A potential without fused passes goes through everything that a field is for: training with exact resume, files,
// ensembles, evaluation, sampling, densities and scores.

#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "core/field/density.h"
#include "core/field/field_score.h"
#include "core/field/sample.h"
#include "tests/core/support/small_training.h"

namespace actionmatch {
namespace {

TrainSpec AffineSpecOf(int members = 1) {
  TrainSpec spec = Spec();
  spec.potential.kind = PotentialSpec::Kind::kAffine;
  spec.members = members;
  return spec;
}

TEST(PotentialTrainingTest, AResumedTrainingEndsWithTheSameBits) {
  std::string checkpoint;
  TrainerHooks hooks;
  hooks.on_checkpoint = [&](const std::string& bytes, int64_t) {
    if (checkpoint.empty()) checkpoint = bytes;
    return absl::OkStatus();
  };
  const auto whole = Train(AffineSpecOf(), Data(), hooks);
  ASSERT_FALSE(checkpoint.empty());
  const auto trainer = Make(AffineSpecOf(), Data());
  ASSERT_TRUE(trainer->Resume(checkpoint).ok());
  const auto resumed = trainer->Run({});
  ASSERT_TRUE(resumed.ok()) << resumed.status();
  EXPECT_EQ((*resumed)->Serialize(), whole->Serialize());
  EXPECT_EQ(whole->provenance().spec.training.engine, TrainingSpec::Engine::kAutograd);
}

TEST(PotentialTrainingTest, TheFileIsAnExactInverse) {
  const auto field = Train(AffineSpecOf(2), Data());
  const std::string bytes = field->Serialize();
  const auto read = Field::Parse(bytes);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ((*read)->Serialize(), bytes);
  EXPECT_EQ((*read)->members(), 2);
  EXPECT_EQ((*read)->provenance().spec.potential.kind, PotentialSpec::Kind::kAffine);
}

// Its velocity is affine at each time: the mean of two points moves as the mean of their velocities.
TEST(PotentialTrainingTest, TheVelocityIsAffine) {
  const auto field = Train(AffineSpecOf(), Data());
  const Points x{2, {0, 0, 2, 4, 1, 2}};
  Field::Mask mask;
  mask.velocity = mask.value = mask.divergence = mask.time_derivative = mask.growth = true;
  const auto answer = field->Evaluate(x, {0.3, 0.3, 0.3}, mask);
  ASSERT_TRUE(answer.ok()) << answer.status();
  for (int64_t d = 0; d < 2; ++d) {
    EXPECT_NEAR((answer->velocity.row(0)[d] + answer->velocity.row(1)[d]) / 2, answer->velocity.row(2)[d], 1e-4);
  }
  EXPECT_NEAR(answer->divergence[0], answer->divergence[1], 1e-4);
}

TEST(PotentialTrainingTest, SamplingDensityAndScoresWork) {
  const auto field = Train(AffineSpecOf(), Data());
  const Points start = Data().at[0].points;
  SampleOptions options;
  options.threads = 2;
  const auto moved = Sample(*field, start, 0, {1}, options);
  ASSERT_TRUE(moved.ok()) << moved.status();
  options.threads = 1;
  EXPECT_EQ(Sample(*field, start, 0, {1}, options)->points[0].values, moved->points[0].values);
  DensityOptions density;
  const auto change = ChangeOfDensity(*field, start, 1, 0, density);
  ASSERT_TRUE(change.ok()) << change.status();
  const auto scores = ScoreField(*field, Data(), {});
  ASSERT_TRUE(scores.ok()) << scores.status();
  EXPECT_TRUE(std::isfinite(scores->from_previous.front().w1));
}

TEST(PotentialTrainingTest, WhatItHasNotIsRefusedByName) {
  TrainSpec spec = AffineSpecOf();
  spec.training.engine = TrainingSpec::Engine::kFused;
  ASSERT_EQ(Validate(spec).size(), 1U);
  EXPECT_EQ(Validate(spec)[0].field, "training.engine");
  spec = AffineSpecOf();
  spec.potential.affine.time_degree = 17;
  ASSERT_EQ(Validate(spec).size(), 1U);
  EXPECT_EQ(Validate(spec)[0].field, "potential.affine.time_degree");
  // 4 coefficients of 10000 x 10000 components are too many.
  const DatasetShape wide{10000, {0, 1}, {100, 100}};
  const auto violations = Validate(ResolveSpec(AffineSpecOf(), wide), wide);
  ASSERT_EQ(violations.size(), 1U);
  EXPECT_EQ(violations[0].field, "potential.kind");
  spec = AffineSpecOf();
  spec.training.precision = TrainingSpec::Precision::kBfloat16;
  ASSERT_EQ(Validate(spec).size(), 1U);
  EXPECT_EQ(Validate(spec)[0].field, "training.precision");
}

}  // namespace
}  // namespace actionmatch
