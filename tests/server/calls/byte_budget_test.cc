#include "server/calls/byte_budget.h"

#include <gtest/gtest.h>

#include <optional>

namespace actionmatch {
namespace {

TEST(ByteBudgetTest, SharesTogetherStayWithinTheTotalAndGiveBackWhatTheyHeld) {
  ByteBudget budget(100);
  std::optional<ByteBudget::Share> first(std::in_place, budget);
  ByteBudget::Share second(budget);
  EXPECT_TRUE(first->Take(60));
  EXPECT_FALSE(second.Take(41));
  EXPECT_TRUE(second.Take(40));
  EXPECT_FALSE(first->Take(1));
  first.reset();
  EXPECT_TRUE(second.Take(60));
  EXPECT_FALSE(second.Take(1));
  second.GiveBack();
  EXPECT_TRUE(second.Take(100));
}

}  // namespace
}  // namespace actionmatch
