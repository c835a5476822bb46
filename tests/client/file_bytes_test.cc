#include "client/file_bytes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace actionmatch {
namespace {

using ::testing::HasSubstr;

TEST(FileBytesTest, BytesComeBackAsTheyWere) {
  const std::string path = ::testing::TempDir() + "file_bytes_test";
  const std::string bytes("a\0\r\n\xff", 5);
  ASSERT_TRUE(WriteFile(path, bytes).ok());
  EXPECT_EQ(*ReadFile(path), bytes);
}

TEST(FileBytesTest, WhatCannotBeReadOrWrittenIsNamed) {
  const std::string missing = ::testing::TempDir() + "file_bytes_test_nowhere/file";
  EXPECT_TRUE(absl::IsNotFound(ReadFile(missing).status()));
  for (const absl::Status& status : {ReadFile(missing).status(), WriteFile(missing, "x")}) {
    EXPECT_THAT(std::string(status.message()), HasSubstr(missing + ": No such file"));
  }
  EXPECT_THAT(std::string(ReadFile(::testing::TempDir()).status().message()), HasSubstr("it is a folder"));
  EXPECT_THAT(std::string(WriteFile("/dev/full", "x").message()), HasSubstr("/dev/full: No space"));
}

}  // namespace
}  // namespace actionmatch
