#include "server/store/folder_blobs.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/storage/files.h"

namespace actionmatch {
namespace {

namespace fs = std::filesystem;

absl::Status MakeFolder(const std::string& path) {
  if (::mkdir(path.c_str(), 0750) == 0 || errno == EEXIST) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat("cannot make the folder ", path, ": ", std::strerror(errno),
                                                    ": make its parent, or allow this user to write there"));
}

class FolderBlobs final : public Blobs {
 public:
  explicit FolderBlobs(std::string path) : path_(std::move(path)) {}

  absl::Status PutGroup(const std::string& folder, int64_t count, const MakeBlob& make) override {
    const std::string folder_path = PathOf(folder);
    if (absl::Status status = MakeFolderDurably(folder_path); !status.ok()) return status;
    for (int64_t i = 0; i < count; ++i) {
      const absl::StatusOr<Blob> blob = make(i);
      if (!blob.ok()) return blob.status();
      absl::Status status = WriteFileUnsynced(absl::StrCat(folder_path, "/", blob->name), blob->bytes);
      if (!status.ok()) return status;
    }
    return SyncFolder(folder_path);
  }

  absl::StatusOr<std::string> Get(const std::string& name) override { return ReadWholeFile(PathOf(name)); }

  absl::StatusOr<std::string> LocalPath(const std::string& name) override {
    std::string path = PathOf(name);
    if (const absl::StatusOr<int64_t> size = FileSize(path); !size.ok()) return size.status();
    return path;
  }

  absl::Status Remove(const std::string& name) override {
    std::error_code error;
    fs::remove_all(PathOf(name), error);
    if (!error) return absl::OkStatus();
    return absl::UnavailableError(absl::StrCat("cannot remove ", PathOf(name), ": ", error.message()));
  }

  std::vector<std::string> List(const std::string& folder, absl::Time before) override {
    std::vector<std::string> old;
    std::error_code error;
    for (fs::directory_iterator entry(PathOf(folder), error), end; !error && entry != end; entry.increment(error)) {
      std::error_code gone;
      const fs::file_time_type changed = entry->last_write_time(gone);
      if (!gone && absl::FromChrono(std::chrono::file_clock::to_sys(changed)) < before) {
        old.push_back(absl::StrCat(folder, "/", entry->path().filename().string()));
      }
    }
    return old;
  }

  absl::StatusOr<int64_t> Room() override {
    std::error_code error;
    const fs::space_info disk = fs::space(path_, error);
    if (!error && ::access(path_.c_str(), W_OK) != 0) error = std::error_code(errno, std::generic_category());
    if (!error) return static_cast<int64_t>(disk.available);
    return absl::UnavailableError(absl::StrCat("the data folder ", path_, " cannot be written: ", error.message()));
  }

 private:
  std::string PathOf(const std::string& name) const { return absl::StrCat(path_, "/", name); }

  const std::string path_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Blobs>> OpenFolderBlobs(const std::string& path,
                                                       absl::Span<const absl::string_view> folders) {
  if (absl::Status status = MakeFolder(path); !status.ok()) return status;
  for (const absl::string_view folder : folders) {
    if (absl::Status status = MakeFolder(absl::StrCat(path, "/", folder)); !status.ok()) return status;
  }
  return std::make_unique<FolderBlobs>(path);
}

}  // namespace actionmatch
