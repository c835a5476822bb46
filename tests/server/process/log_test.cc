#include "server/process/log.h"

#include <gtest/gtest.h>

namespace actionmatch {
namespace {

TEST(LogTest, ALineStaysALineAndValuesCanBeTakenApart) {
  EXPECT_EQ(FormatLogLine("call", {{"method", "JobService/GetJob"}, {"seconds", 0.5}, {"n", 3}}),
            "event=call method=JobService/GetJob seconds=0.5 n=3");
  EXPECT_EQ(FormatLogLine("bad", {{"message", "two\nlines \"and\" a=b"}}),
            "event=bad message=\"two\\nlines \\\"and\\\" a=b\"");
  EXPECT_EQ(FormatLogLine("empty", {{"message", ""}}), "event=empty message=\"\"");
}

}  // namespace
}  // namespace actionmatch
