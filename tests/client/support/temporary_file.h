// Files of a test.

#ifndef ACTIONMATCH_TESTS_CLIENT_SUPPORT_TEMPORARY_FILE_H_
#define ACTIONMATCH_TESTS_CLIENT_SUPPORT_TEMPORARY_FILE_H_

#include <gtest/gtest.h>
#include <unistd.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "client/files/file_bytes.h"

namespace actionmatch {

// A path that no other test program uses.
inline std::string PathTo(absl::string_view name) {
  return absl::StrCat(::testing::TempDir(), "actionmatch_", getpid(), "_", name);
}

// The path of a file with those bytes.
inline std::string FileOf(absl::string_view name, absl::string_view bytes) {
  EXPECT_TRUE(WriteFile(PathTo(name), bytes).ok());
  return PathTo(name);
}

}  // namespace actionmatch

#endif  // ACTIONMATCH_TESTS_CLIENT_SUPPORT_TEMPORARY_FILE_H_
