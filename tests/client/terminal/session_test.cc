#include "client/terminal/session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace actionmatch {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(SessionTest, NamesAreGivenWithCommasOrOneByOne) {
  Arguments arguments;
  arguments.Add("--points-key", {"a,b", "c"});
  EXPECT_THAT(*arguments.Names("--points-key"), ElementsAre("a", "b", "c"));
  EXPECT_THAT(*arguments.Names("--other"), IsEmpty());
}

TEST(SessionTest, NamesThatAreEmptyOrThereTwiceAreMisuse) {
  for (const auto& [values, words] : {std::pair(std::vector<std::string>{"a,b", "a"}, "a is named twice"),
                                      std::pair(std::vector<std::string>{"a,,b"}, "empty name")}) {
    Arguments arguments;
    arguments.Add("--points-key", values);
    const absl::Status status = arguments.Names("--points-key").status();
    EXPECT_TRUE(IsMisuse(status));
    EXPECT_THAT(std::string(status.message()), HasSubstr(words));
  }
}

}  // namespace
}  // namespace actionmatch
