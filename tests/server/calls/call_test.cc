#include "server/calls/call.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace actionmatch {
namespace {

std::string OnTheWire(const std::string& message) { return ToGrpc(absl::InternalError(message)).error_message(); }

TEST(CallTest, MessagesTooLongForTheWireAreCutBetweenCharacters) {
  EXPECT_EQ(OnTheWire("field a\nb %"), "field a\nb %");
  EXPECT_EQ(OnTheWire(std::string(6144, 'x')), std::string(6144, 'x'));
  EXPECT_EQ(OnTheWire(std::string(10000, 'x')), std::string(6144, 'x') + "...");
  // Each byte of an a with two dots takes three on the wire.
  std::string umlauts = "x";
  for (int i = 0; i < 5000; ++i) umlauts += "\xc3\xa4";
  EXPECT_EQ(OnTheWire(umlauts), umlauts.substr(0, 1 + 2 * 1023) + "...");
}

}  // namespace
}  // namespace actionmatch
