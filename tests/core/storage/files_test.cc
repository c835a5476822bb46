// Laws of durable files, with real crashes: a child process that the kernel kills in the middle of a write.

#include "core/storage/files.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"

namespace actionmatch {
namespace {

constexpr rlim_t kMaxBytes = 4096;  // of a file that a child may write

class FilesTest : public testing::Test {
 protected:
  FilesTest() {
    std::string pattern = testing::TempDir() + "files_test.XXXXXX";
    folder_ = mkdtemp(pattern.data());
    path_ = absl::StrCat(folder_, "/file");
  }
  ~FilesTest() override { std::filesystem::remove_all(folder_); }

  std::vector<std::string> Names() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(folder_)) names.push_back(entry.path().filename());
    return names;
  }

  // Overwrites path_ with `bytes` in a child whose files end at kMaxBytes: how the child ended.
  int WriteInChild(const std::string& bytes, void (*on_signal)(int)) const {
    const pid_t child = fork();
    if (child == 0) {
      const rlimit none = {0, 0};
      setrlimit(RLIMIT_CORE, &none);
      const rlimit limit = {kMaxBytes, kMaxBytes};
      setrlimit(RLIMIT_FSIZE, &limit);
      signal(SIGXFSZ, on_signal);
      _exit(WriteFileDurably(path_, bytes).ok() ? 0 : 1);
    }
    int ended = 0;
    EXPECT_EQ(waitpid(child, &ended, 0), child);
    return ended;
  }

  std::string folder_;
  std::string path_;
};

TEST_F(FilesTest, WhatWasWrittenIsReadAndNothingElseIsLeft) {
  for (const std::string& bytes : {std::string("first"), std::string(), std::string(1 << 20, '\0')}) {
    ASSERT_TRUE(WriteFileDurably(path_, bytes).ok());
    EXPECT_EQ(*ReadWholeFile(path_), bytes);
    EXPECT_EQ(*FileSize(path_), static_cast<int64_t>(bytes.size()));
    EXPECT_EQ(Names(), std::vector<std::string>{"file"});
  }
}

TEST_F(FilesTest, ACrashInTheMiddleOfAWriteLeavesTheOldFile) {
  ASSERT_TRUE(WriteFileDurably(path_, "old").ok());
  const int ended = WriteInChild(std::string(1 << 20, 'n'), SIG_DFL);
  ASSERT_TRUE(WIFSIGNALED(ended) && WTERMSIG(ended) == SIGXFSZ) << ended;
  EXPECT_EQ(*ReadWholeFile(path_), "old");
  // What the crash left beside it is in nobody's way.
  ASSERT_TRUE(WriteFileDurably(path_, "new").ok());
  EXPECT_EQ(*ReadWholeFile(path_), "new");
}

TEST_F(FilesTest, AWriteThatFailsLeavesTheOldFileAndNothingBesideIt) {
  ASSERT_TRUE(WriteFileDurably(path_, "old").ok());
  const int ended = WriteInChild(std::string(1 << 20, 'n'), SIG_IGN);
  ASSERT_TRUE(WIFEXITED(ended) && WEXITSTATUS(ended) == 1) << ended;
  EXPECT_EQ(*ReadWholeFile(path_), "old");
  EXPECT_EQ(Names(), std::vector<std::string>{"file"});
  // Nor does one whose last step fails: a folder does not become a file.
  const std::string folder = absl::StrCat(folder_, "/folder");
  ASSERT_TRUE(MakeFolderDurably(absl::StrCat(folder)).ok());
  EXPECT_FALSE(WriteFileDurably(folder, "bytes").ok());
  EXPECT_EQ(Names().size(), 2u);
}

TEST_F(FilesTest, OfWritersOfOnePathOneWinsWhole) {
  std::vector<std::thread> writers;
  for (char c = 'a'; c < 'e'; ++c) {
    writers.emplace_back([this, c] {
      for (int i = 0; i < 20; ++i) EXPECT_TRUE(WriteFileUnsynced(path_, std::string(100000, c)).ok());
    });
  }
  for (int i = 0; i < 100; ++i) {
    const absl::StatusOr<std::string> bytes = ReadWholeFile(path_);
    if (!bytes.ok()) continue;  // not written yet
    EXPECT_EQ(*bytes, std::string(100000, bytes->front()));
  }
  for (std::thread& writer : writers) writer.join();
  EXPECT_EQ(Names(), std::vector<std::string>{"file"});
  EXPECT_EQ(ReadWholeFile(path_)->size(), 100000u);
}

TEST_F(FilesTest, APartIsReadOrTheFileIsCutShort) {
  ASSERT_TRUE(WriteFileUnsynced(path_, "0123456789").ok());
  ASSERT_TRUE(SyncFolder(folder_).ok());
  std::string part(4, ' ');
  ASSERT_TRUE(ReadFilePart(path_, 6, absl::MakeSpan(part)).ok());
  EXPECT_EQ(part, "6789");
  EXPECT_EQ(ReadFilePart(path_, 7, absl::MakeSpan(part)).code(), absl::StatusCode::kDataLoss);
}

TEST_F(FilesTest, WhatIsNotThereIsNotFound) {
  std::string part(1, ' ');
  EXPECT_EQ(ReadWholeFile(path_).status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(FileSize(path_).status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(ReadFilePart(path_, 0, absl::MakeSpan(part)).code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(WriteFileDurably(absl::StrCat(folder_, "/none/file"), "").code(), absl::StatusCode::kNotFound);
}

TEST_F(FilesTest, AFolderIsMadeOnceAndRemovedWithAllThatIsInIt) {
  const std::string folder = absl::StrCat(folder_, "/folder");
  EXPECT_TRUE(MakeFolderDurably(folder).ok());
  ASSERT_TRUE(WriteFileDurably(absl::StrCat(folder, "/file"), "bytes").ok());
  EXPECT_TRUE(MakeFolderDurably(folder).ok());
  EXPECT_EQ(*ReadWholeFile(absl::StrCat(folder, "/file")), "bytes");
  RemoveFolder(folder);
  EXPECT_TRUE(Names().empty());
  RemoveFolder(folder);
}

}  // namespace
}  // namespace actionmatch
