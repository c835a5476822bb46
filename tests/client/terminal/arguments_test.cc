#include "client/terminal/arguments.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "absl/strings/str_cat.h"
#include "client/terminal/exit_code.h"

namespace actionmatch {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(ArgumentsTest, NamesAreGivenWithCommasOrOneByOne) {
  Arguments arguments;
  arguments.Add("--points-key", {"a,b", "c"});
  EXPECT_THAT(*arguments.Names("--points-key"), ElementsAre("a", "b", "c"));
  EXPECT_THAT(*arguments.Names("--other"), IsEmpty());
}

TEST(ArgumentsTest, NamesThatAreEmptyOrThereTwiceAreMisuse) {
  for (const auto& [values, words] : {std::pair(std::vector<std::string>{"a,b", "a"}, "a is named twice"),
                                      std::pair(std::vector<std::string>{"a,,b"}, "empty name")}) {
    Arguments arguments;
    arguments.Add("--points-key", values);
    const absl::Status status = arguments.Names("--points-key").status();
    EXPECT_TRUE(IsMisuse(status));
    EXPECT_THAT(std::string(status.message()), HasSubstr(words));
  }
}

TEST(ArgumentsTest, WhatIsNotGivenIsEmptyAndTheLastOfManyIsTaken) {
  Arguments arguments;
  EXPECT_FALSE(arguments.Has("--time"));
  EXPECT_EQ(arguments.Get("--time"), "");
  EXPECT_THAT(arguments.All("--time"), IsEmpty());
  EXPECT_FALSE(arguments.Number("--time")->has_value());
  EXPECT_FALSE(arguments.Integer("--time", 0, 9)->has_value());
  EXPECT_EQ(*arguments.Seed(), 0u);
  arguments.Add("--time", {"1", "2.5"});
  EXPECT_TRUE(arguments.Has("--time"));
  EXPECT_EQ(arguments.Get("--time"), "2.5");
  EXPECT_THAT(arguments.All("--time"), ElementsAre("1", "2.5"));
  EXPECT_EQ(**arguments.Number("--time"), 2.5);
}

TEST(ArgumentsTest, NumbersAreFiniteAndTakenWhole) {
  for (const char* text : {"", "one", "1 2", "1,2", "nan", "inf", "1e999"}) {
    Arguments arguments;
    arguments.Add("--time", {text});
    const absl::Status status = arguments.Number("--time").status();
    EXPECT_TRUE(IsMisuse(status)) << text;
    EXPECT_THAT(std::string(status.message()),
                HasSubstr(absl::StrCat("--time: \"", text, "\" is not a finite number")));
  }
  Arguments arguments;
  arguments.Add("--times", {"1,-2.5,3e2"});
  EXPECT_THAT(*arguments.Numbers("--times"), ElementsAre(1, -2.5, 300));
  arguments.Add("--times", {"1,,3"});
  EXPECT_TRUE(IsMisuse(arguments.Numbers("--times").status()));
}

TEST(ArgumentsTest, WholeNumbersHaveBounds) {
  Arguments arguments;
  for (const int64_t bound : {-3, 7}) {
    arguments.Add("--steps", {absl::StrCat(bound)});
    EXPECT_EQ(**arguments.Integer("--steps", -3, 7), bound);
  }
  for (const char* text : {"-4", "8", "1.5", "", "99999999999999999999"}) {
    arguments.Add("--steps", {text});
    const absl::Status status = arguments.Integer("--steps", -3, 7).status();
    EXPECT_TRUE(IsMisuse(status)) << text;
    EXPECT_THAT(std::string(status.message()), HasSubstr("a whole number from -3 to 7"));
  }
}

TEST(ArgumentsTest, SeedsAreAllNumbersOf64Bits) {
  Arguments arguments;
  arguments.Add("--seed", {absl::StrCat(std::numeric_limits<uint64_t>::max())});
  EXPECT_EQ(*arguments.Seed(), std::numeric_limits<uint64_t>::max());
  arguments.Add("--seed", {"-1"});
  EXPECT_TRUE(IsMisuse(arguments.Seed().status()));
}

}  // namespace
}  // namespace actionmatch
