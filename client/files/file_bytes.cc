#include "client/files/file_bytes.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>

#include "absl/strings/str_cat.h"

namespace actionmatch {
namespace {

namespace fs = std::filesystem;

constexpr int kMaxLinks = 40;  // the system's limit

// The path at the end of a chain of links, whether or not a file is there.
fs::path Resolved(fs::path path) {
  std::error_code error;
  for (int i = 0; i < kMaxLinks && fs::is_symlink(path, error); ++i) {
    path = path.parent_path() / fs::read_symlink(path, error);
  }
  return path;
}

// Writes the file. Returns 0, or the system's number of the error.
int Write(const fs::path& path, absl::string_view bytes) {
  errno = 0;
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  file.close();
  return file ? 0 : errno;
}

// Writes a new file beside the file, and puts it in the file's place. Returns as Write.
int Replace(const fs::path& path, absl::string_view bytes) {
  const fs::path beside = path.parent_path() / absl::StrCat(".actionmatch-", getpid());
  std::error_code error;
  int code = Write(beside, bytes);
  if (code == EACCES) return Write(path, bytes);  // the folder takes no other files
  if (const fs::file_status old = fs::status(path, error); code == 0 && fs::exists(old)) {
    fs::permissions(beside, old.permissions(), error);
  }
  if (code == 0) {
    fs::rename(beside, path, error);
    code = error.value();
  }
  if (code != 0) fs::remove(beside, error);
  return code;
}

}  // namespace

absl::StatusOr<std::string> ReadFile(const std::string& path) {
  std::error_code error;
  if (fs::is_directory(path, error)) {
    return absl::InvalidArgumentError(absl::StrCat("cannot read ", path, ": it is a folder"));
  }
  std::ifstream file(path, std::ios::binary);
  if (!file.is_open()) return absl::NotFoundError(absl::StrCat("cannot read ", path, ": ", std::strerror(errno)));
  std::string bytes{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  if (file.bad()) return absl::DataLossError(absl::StrCat("cannot read ", path, ": ", std::strerror(errno)));
  return bytes;
}

absl::Status WriteFile(const std::string& path, absl::string_view bytes) {
  std::error_code error;
  const fs::file_status found = fs::status(path, error);
  const bool direct = fs::exists(found) && !fs::is_regular_file(found);
  const int code = direct ? Write(path, bytes) : Replace(Resolved(path), bytes);
  if (code == 0) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("cannot write ", path, ": ", std::strerror(code)));
}

}  // namespace actionmatch
