#include "client/terminal/exit_code.h"

#include <gtest/gtest.h>

namespace actionmatch {
namespace {

TEST(ExitCodeTest, EveryKindOfEndHasItsCode) {
  EXPECT_EQ(ExitCode(absl::OkStatus()), 0);
  EXPECT_EQ(ExitCode(absl::InternalError("broken")), 1);
  EXPECT_EQ(ExitCode(Misuse("wrong flag")), 2);
  EXPECT_EQ(ExitCode(Interrupted("Ctrl-C")), 130);
}

TEST(ExitCodeTest, TheCodeOfTheServerAloneDecidesNothing) {
  // What a server refuses is no misuse of the command line, and a call that it cancels was not cut off by Ctrl-C.
  EXPECT_EQ(ExitCode(absl::InvalidArgumentError("refused")), 1);
  EXPECT_EQ(ExitCode(absl::CancelledError("stopped")), 1);
  EXPECT_TRUE(absl::IsInvalidArgument(Misuse("wrong flag")));
  EXPECT_FALSE(IsMisuse(Interrupted("Ctrl-C")));
  EXPECT_FALSE(IsInterrupted(Misuse("wrong flag")));
  EXPECT_EQ(Misuse("wrong flag").message(), "wrong flag");
}

}  // namespace
}  // namespace actionmatch
