#include "server/store/memory_blobs.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>
#include <map>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"

namespace actionmatch {
namespace {

class MemoryBlobs final : public Blobs {
 public:
  ~MemoryBlobs() override {
    for (const int file : files_) ::close(file);
  }

  absl::Status PutGroup(const std::string& folder, int64_t count, const MakeBlob& make) override
      ABSL_LOCKS_EXCLUDED(mutex_) {
    for (int64_t i = 0; i < count; ++i) {
      const absl::StatusOr<Blob> blob = make(i);
      if (!blob.ok()) return blob.status();
      absl::MutexLock lock(&mutex_);
      blobs_[absl::StrCat(folder, "/", blob->name)] = Stored{std::string(blob->bytes), absl::Now()};
    }
    return absl::OkStatus();
  }

  absl::StatusOr<std::string> Get(const std::string& name) override ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    const auto found = blobs_.find(name);
    if (found == blobs_.end()) return NoSuchBlob(name);
    return found->second.bytes;
  }

  // The path of a nameless file in memory, through this process's own descriptors.
  absl::StatusOr<std::string> LocalPath(const std::string& name) override ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    const auto found = blobs_.find(name);
    if (found == blobs_.end()) return NoSuchBlob(name);
    Stored& stored = found->second;
    if (stored.path.empty()) {
      const int file = ::memfd_create("blob", MFD_CLOEXEC);
      if (file < 0) return absl::UnavailableError(absl::StrCat("cannot open ", name, ": ", std::strerror(errno)));
      files_.push_back(file);
      if (absl::Status status = WriteAll(file, stored.bytes); !status.ok()) return status;
      stored.path = absl::StrCat("/proc/self/fd/", file);
    }
    return stored.path;
  }

  absl::Status Remove(const std::string& name) override ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    blobs_.erase(name);
    const std::string below = absl::StrCat(name, "/");
    auto blob = blobs_.lower_bound(below);
    while (blob != blobs_.end() && absl::StartsWith(blob->first, below)) blob = blobs_.erase(blob);
    return absl::OkStatus();
  }

  std::vector<std::string> List(const std::string& folder, absl::Time before) override ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    const std::string below = absl::StrCat(folder, "/");
    std::map<std::string, absl::Time> changed;  // the last change of each entry
    for (auto blob = blobs_.lower_bound(below); blob != blobs_.end() && absl::StartsWith(blob->first, below); ++blob) {
      absl::Time& time =
          changed.try_emplace(blob->first.substr(0, blob->first.find('/', below.size())), absl::InfinitePast())
              .first->second;
      time = std::max(time, blob->second.changed);
    }
    std::vector<std::string> old;
    for (const auto& [entry, time] : changed) {
      if (time < before) old.push_back(entry);
    }
    return old;
  }

  absl::StatusOr<int64_t> Room() override { return std::numeric_limits<int64_t>::max(); }

 private:
  struct Stored {
    std::string bytes;
    absl::Time changed;
    std::string path;  // empty until it is asked for
  };

  static absl::Status NoSuchBlob(const std::string& name) {
    return absl::NotFoundError(absl::StrCat("cannot open ", name, ": there is no such blob"));
  }

  static absl::Status WriteAll(int file, absl::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t written = ::write(file, bytes.data(), bytes.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) return absl::ResourceExhaustedError(absl::StrCat("cannot copy a blob: ", std::strerror(errno)));
      bytes.remove_prefix(static_cast<size_t>(written));
    }
    return absl::OkStatus();
  }

  absl::Mutex mutex_;
  std::map<std::string, Stored> blobs_ ABSL_GUARDED_BY(mutex_);
  std::vector<int> files_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace

std::unique_ptr<Blobs> MakeMemoryBlobs() { return std::make_unique<MemoryBlobs>(); }

}  // namespace actionmatch
