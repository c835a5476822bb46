#include "core/storage/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "core/cause.h"

namespace actionmatch {
namespace {

absl::Status SystemError(absl::string_view what, const std::string& path) {
  const int error = errno;  // to make a text may change errno
  const std::string text = absl::StrCat("cannot ", what, " ", path, ": ", std::strerror(error));
  if (error == ENOENT) return absl::NotFoundError(text);
  if (error == ENOSPC || error == EDQUOT) return ErrorOf(kDiskFull, {}, absl::StrCat(text, "; free some space"));
  return absl::UnavailableError(text);
}

std::string FolderOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == std::string::npos ? "." : path.substr(0, slash);
}

class FileDescriptor {
 public:
  explicit FileDescriptor(int fd) : fd_(fd) {}
  ~FileDescriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  FileDescriptor(const FileDescriptor&) = delete;
  FileDescriptor& operator=(const FileDescriptor&) = delete;
  int get() const { return fd_; }

 private:
  const int fd_;
};

absl::Status WriteAndSync(const std::string& path, absl::string_view bytes) {
  FileDescriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640));
  if (file.get() < 0) return SystemError("create", path);
  while (!bytes.empty()) {
    const ssize_t written = ::write(file.get(), bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return SystemError("write", path);
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  if (::fdatasync(file.get()) != 0) return SystemError("sync", path);
  return absl::OkStatus();
}

// Reads up to bytes.size() bytes, and returns how many there were.
absl::StatusOr<size_t> ReadAt(int fd, const std::string& path, int64_t offset, absl::Span<char> bytes) {
  size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t got = ::pread(fd, bytes.data() + done, bytes.size() - done, offset + static_cast<int64_t>(done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return SystemError("read", path);
    if (got == 0) break;
    done += static_cast<size_t>(got);
  }
  return done;
}

}  // namespace

absl::Status SyncFolder(const std::string& folder) {
  FileDescriptor fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (fd.get() < 0) return SystemError("open", folder);
  if (::fsync(fd.get()) != 0) return SystemError("sync", folder);
  return absl::OkStatus();
}

absl::Status MakeFolderDurably(const std::string& path) {
  if (::mkdir(path.c_str(), 0750) == 0) return SyncFolder(FolderOf(path));
  return errno == EEXIST ? absl::OkStatus() : SystemError("make", path);
}

void RemoveFolder(const std::string& path) {
  std::error_code error;
  std::filesystem::remove_all(path, error);
}

absl::Status WriteFileUnsynced(const std::string& path, absl::string_view bytes) {
  // Writers of one path, in this process or in others, each have a file of their own: each file is whole, and the last
  // rename wins.
  static std::atomic<uint64_t> writes = 0;
  const std::string temporary = absl::StrCat(path, ".tmp", ::getpid(), ".", writes++);
  absl::Status status = WriteAndSync(temporary, bytes);
  if (status.ok() && ::rename(temporary.c_str(), path.c_str()) != 0) status = SystemError("rename to", path);
  if (!status.ok()) ::unlink(temporary.c_str());
  return status;
}

absl::Status WriteFileDurably(const std::string& path, absl::string_view bytes) {
  absl::Status status = WriteFileUnsynced(path, bytes);
  if (!status.ok()) return status;
  return SyncFolder(FolderOf(path));
}

absl::StatusOr<std::string> ReadWholeFile(const std::string& path) {
  FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) return SystemError("open", path);
  struct stat info;
  if (::fstat(file.get(), &info) != 0) return SystemError("read", path);
  std::string bytes(static_cast<size_t>(info.st_size), '\0');
  const absl::StatusOr<size_t> done = ReadAt(file.get(), path, 0, absl::MakeSpan(bytes));
  if (!done.ok()) return done.status();
  bytes.resize(*done);
  return bytes;
}

absl::StatusOr<int64_t> FileSize(const std::string& path) {
  struct stat info;
  if (::stat(path.c_str(), &info) != 0) return SystemError("read", path);
  return static_cast<int64_t>(info.st_size);
}

absl::Status ReadFilePart(const std::string& path, int64_t offset, absl::Span<char> bytes) {
  FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) return SystemError("open", path);
  const absl::StatusOr<size_t> done = ReadAt(file.get(), path, offset, bytes);
  if (!done.ok()) return done.status();
  if (*done < bytes.size())
    return ErrorOf(kDataDamaged, {}, absl::StrCat(path, " is cut short; restore it from a copy"));
  return absl::OkStatus();
}

}  // namespace actionmatch
