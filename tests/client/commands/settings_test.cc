#include "client/commands/settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "actionmatch/v1/train_spec.pb.h"

namespace actionmatch {
namespace {

using ::testing::HasSubstr;

TEST(SettingsTest, EveryKindOfValueIsSet) {
  v1::TrainSpec spec;
  for (const char* setting :
       {"training.steps=5", "training.learning_rate=1e-4", "path.kind=ot", "potential.head=HEAD_VALUE",
        "potential.hidden=1,2", "potential.hidden=3,4", "seed=18446744073709551615", "hold_out.test_times=0.5,1.5"}) {
    EXPECT_TRUE(ApplySetting(setting, &spec).ok()) << setting;
  }
  EXPECT_EQ(spec.training().steps(), 5);
  EXPECT_EQ(spec.training().learning_rate(), 1e-4);
  EXPECT_EQ(spec.path().kind(), v1::PathSpec::KIND_OT);
  EXPECT_EQ(spec.potential().head(), v1::PotentialSpec::HEAD_VALUE);
  EXPECT_THAT(spec.potential().hidden(), ::testing::ElementsAre(3, 4));
  EXPECT_EQ(spec.seed(), ~uint64_t{0});
  EXPECT_THAT(spec.hold_out().test_times(), ::testing::ElementsAre(0.5, 1.5));
}

TEST(SettingsTest, WhatIsNotUnderstoodIsNamedWithWhatThereIs) {
  const std::pair<const char*, const char*> wrong[] = {
      {"steps", "NAME=VALUE"},
      {"step=1", "path, potential, dynamics"},
      {"training.step=1", "steps"},
      {"training=1", "one of its"},
      {"training.steps.x=1", "no parts"},
      {"training.steps=a", "whole number"},
      {"path.kind=odd", "observed"},
      {"seed=-1", "at least 0"},
      {"training.clip_norm=x", "a number"},
      {"potential.hidden=3,x", "whole number"},
      {"potential.hidden=64,,64", "\"\" is not a whole number"},
  };
  for (const auto& [setting, word] : wrong) {
    v1::TrainSpec spec;
    const absl::Status status = ApplySetting(setting, &spec);
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << setting;
    EXPECT_THAT(std::string(status.message()), HasSubstr(word)) << setting;
  }
}

TEST(SettingsTest, JsonWithAnUnknownKeyOrEnumValueIsRefused) {
  v1::TrainSpec spec;
  EXPECT_TRUE(ParseJson(R"({"path": {"kind": "KIND_OT"}, "training": {"steps": 3}})", &spec).ok());
  EXPECT_THAT(std::string(ParseJson(R"({"pth": {}})", &spec).message()), HasSubstr("pth"));
  EXPECT_FALSE(ParseJson(R"({"path": {"kind": "KIND_BEST"}})", &spec).ok());
}

}  // namespace
}  // namespace actionmatch
