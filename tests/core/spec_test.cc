#include "core/spec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace actionmatch {
namespace {

using testing::Contains;
using testing::Field;
using testing::IsEmpty;

const DatasetShape kShape{2, {0, 1, 2, 3}, {100, 100, 100, 100}};

TEST(SpecTest, TheDefaultIsValid) { EXPECT_THAT(Validate(TrainSpec(), kShape), IsEmpty()); }

TEST(SpecTest, JsonKeepsEveryMember) {
  TrainSpec spec;
  spec.path = {PathSpec::Kind::kLinear, 100, 0.25};
  spec.potential = {{5, 6}, PotentialSpec::Activation::kTanh, PotentialSpec::Head::kQuadratic, 3};
  spec.dynamics = {3, 0.5, 0.25};
  spec.training = {TrainingSpec::Form::kAction, 7, 8, 0.1, 9, 2, 0.5, 0.01, 10, 11};
  spec.hold_out = {0.3, 0.2, {1, 2}};
  spec.seed = ~uint64_t{0};
  const std::string json = TrainSpecToJson(spec);
  const auto read = TrainSpecFromJson(json);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(TrainSpecToJson(*read), json);
  EXPECT_NE(TrainSpecToJson(TrainSpec()), json);
  EXPECT_EQ(read->hold_out.test_times, (std::vector<double>{1, 2}));
  EXPECT_EQ(read->seed, spec.seed);
}

TEST(SpecTest, JsonNamesWhatItDoesNotKnow) {
  EXPECT_THAT(std::string(TrainSpecFromJson("{\"training.stepz\":1}").status().message()),
              testing::HasSubstr("training.stepz"));
  EXPECT_THAT(std::string(TrainSpecFromJson("{\"path.kind\":\"straight\"}").status().message()),
              testing::HasSubstr("path.kind"));
  EXPECT_FALSE(TrainSpecFromJson("[1").ok());
}

TEST(SpecTest, AllViolationsAreReportedAtOnce) {
  TrainSpec spec;
  spec.training.steps = 0;
  spec.training.learning_rate = std::nan("");
  spec.path.plan_points = 1;
  spec.potential.hidden = {};
  const auto violations = Validate(spec, kShape);
  EXPECT_EQ(violations.size(), 4u);
  for (const char* field : {"training.steps", "training.learning_rate", "path.plan_points", "potential.hidden"}) {
    EXPECT_THAT(violations, Contains(Field(&Violation::field, field)));
  }
}

TEST(SpecTest, LaterDynamicsAreUnimplementedAndNonsenseIsInvalid) {
  TrainSpec spec;
  spec.dynamics.sigma = 0.5;
  ASSERT_EQ(Validate(spec, kShape).size(), 1u);
  EXPECT_TRUE(Validate(spec, kShape)[0].unimplemented);
  spec.dynamics.sigma = -1;
  EXPECT_FALSE(Validate(spec, kShape)[0].unimplemented);
}

TEST(SpecTest, OnlyInteriorObservedTimesCanBeHeldOut) {
  for (const std::vector<double>& times : {std::vector<double>{0}, {3}, {1.5}, {1, 1}}) {
    TrainSpec spec;
    spec.hold_out.test_times = times;
    EXPECT_THAT(Validate(spec, kShape), Contains(Field(&Violation::field, "hold_out.test_times"))) << times[0];
  }
  TrainSpec spec;
  spec.hold_out.test_times = {1, 2};
  EXPECT_THAT(Validate(spec, kShape), IsEmpty());
}

TEST(SpecTest, ValidationIsHeldOutWhereSnapshotsAreLargeEnough) {
  EXPECT_EQ(ResolveSpec(TrainSpec(), kShape).hold_out.validation_fraction, 0.1);
  EXPECT_EQ(ResolveSpec(TrainSpec(), {2, {0, 1}, {100, 49}}).hold_out.validation_fraction, 0.0);
  TrainSpec spec;
  spec.hold_out.validation_fraction = 0.3;
  EXPECT_EQ(ResolveSpec(spec, kShape).hold_out.validation_fraction, 0.3);
}

TEST(SpecTest, OneTimeIsTooFew) {
  EXPECT_THAT(Validate(TrainSpec(), {2, {0}, {100}}), Contains(Field(&Violation::field, "dataset")));
}

}  // namespace
}  // namespace actionmatch
