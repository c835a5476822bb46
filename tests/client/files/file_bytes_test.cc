#include "client/files/file_bytes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <filesystem>

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
  EXPECT_TRUE(WriteFile("/dev/null", "x").ok());
}

TEST(FileBytesTest, AWriteThatFailsLeavesTheFileAsItWas) {
  const std::string folder = ::testing::TempDir() + "file_bytes_test_full";
  std::filesystem::create_directory(folder);
  ASSERT_TRUE(WriteFile(folder + "/kept", "old").ok());
  rlimit before;
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  const rlimit tight = {100, before.rlim_max};
  std::signal(SIGXFSZ, SIG_IGN);
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &tight), 0);
  const absl::Status status = WriteFile(folder + "/kept", std::string(1000, 'x'));
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &before), 0);
  EXPECT_THAT(std::string(status.message()), HasSubstr("kept: File too large"));
  EXPECT_EQ(*ReadFile(folder + "/kept"), "old");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder), {}), 1);
}

TEST(FileBytesTest, LinksAreFollowedAndPermissionsKept) {
  namespace fs = std::filesystem;
  const fs::path folder = fs::path(::testing::TempDir()) / "file_bytes_test_links";
  fs::remove_all(folder);
  fs::create_directories(folder / "far");
  fs::create_symlink("far/file", folder / "link");  // which is not there yet
  ASSERT_TRUE(WriteFile(folder / "link", "one").ok());
  EXPECT_EQ(*ReadFile(folder / "far/file"), "one");
  fs::permissions(folder / "far/file", fs::perms::owner_read | fs::perms::owner_write);
  ASSERT_TRUE(WriteFile(folder / "link", "two").ok());
  EXPECT_TRUE(fs::is_symlink(folder / "link"));
  EXPECT_EQ(*ReadFile(folder / "far/file"), "two");
  EXPECT_EQ(fs::status(folder / "far/file").permissions(), fs::perms::owner_read | fs::perms::owner_write);
}

}  // namespace
}  // namespace actionmatch
