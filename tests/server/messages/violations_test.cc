#include "server/messages/violations.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace actionmatch {
namespace {

TEST(ViolationsTest, AllAreListedInOneStatus) {
  EXPECT_TRUE(ToStatus({}).ok());
  const absl::Status both = ToStatus({Violation{"dynamics.sigma", "is -1"}, Violation{"training.steps", "is 0"}});
  EXPECT_EQ(both.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(std::string(both.message()), "dynamics.sigma is -1; training.steps is 0");
}

TEST(ViolationsTest, OfVeryManyTheFirstAreListedAndTheRestCounted) {
  const std::vector<Violation> many(200, Violation{"dataset.axis_names[0]", "is empty"});
  const std::string counted(ToStatus(many).message());
  EXPECT_THAT(counted, testing::EndsWith("dataset.axis_names[0] is empty; and 180 more"));
  const std::vector<Violation> long_ones(15, Violation{"field", std::string(1000, 'x')});
  const std::string cut(ToStatus(long_ones).message());
  EXPECT_LT(cut.size(), 4096u);
  EXPECT_THAT(cut, testing::EndsWith("x; and 12 more"));
}

}  // namespace
}  // namespace actionmatch
