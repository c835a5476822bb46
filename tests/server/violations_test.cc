#include "server/violations.h"

#include <gtest/gtest.h>

#include <string>

namespace actionmatch {
namespace {

TEST(ViolationsTest, AllAreListedInOneStatus) {
  EXPECT_TRUE(ToStatus({}).ok());
  const absl::Status both = ToStatus({Violation{"dynamics.sigma", "is -1"}, Violation{"training.steps", "is 0"}});
  EXPECT_EQ(both.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(std::string(both.message()), "dynamics.sigma is -1; training.steps is 0");
}

}  // namespace
}  // namespace actionmatch
