#include "client/terminal/wording.h"

#include <gtest/gtest.h>

namespace actionmatch {
namespace {

TEST(WordingTest, FieldsAndCallsOfTheApiBecomeFlagsAndVerbs) {
  EXPECT_EQ(InFlags("there is no field named fields/a: ListFields shows those there are"),
            "there is no field named fields/a: `actionmatch field list` shows those there are");
  EXPECT_EQ(InFlags("solver.steps is required for METHOD_RK4, which has no tolerance"),
            "--steps is required for --method RK4, which has no tolerance");
  EXPECT_EQ(InFlags("nothing of the API"), "nothing of the API");
}

}  // namespace
}  // namespace actionmatch
