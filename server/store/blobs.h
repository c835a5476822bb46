// Blobs: numbers as named bytes, beside the rows of the database. Names are paths within the store, such as
// "datasets/UID/1-0a1b.safetensors"; the part before the last '/' is the blob's folder.

#ifndef ACTIONMATCH_SERVER_STORE_BLOBS_H_
#define ACTIONMATCH_SERVER_STORE_BLOBS_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace actionmatch {

// Thread-safe. All methods may block on disk. Errors name the blob.
class Blobs {
 public:
  virtual ~Blobs() = default;

  struct Blob {
    std::string name;         // within the folder
    absl::string_view bytes;  // valid until the next blob is made
  };
  // Makes `count` blobs of one folder durable, each whole or not there; make(i) returns the i-th blob, from 0. One sync
  // serves them all. A new blob replaces one of the same name. The first error stops the work and is returned: then
  // some of the blobs may be there. RESOURCE_EXHAUSTED on a full disk.
  using MakeBlob = std::function<absl::StatusOr<Blob>(int64_t i)>;
  virtual absl::Status PutGroup(const std::string& folder, int64_t count, const MakeBlob& make) = 0;
  absl::Status Put(const std::string& name, absl::string_view bytes) {
    const size_t slash = name.rfind('/');
    return PutGroup(name.substr(0, slash), 1, [&](int64_t) { return Blob{name.substr(slash + 1), bytes}; });
  }

  virtual absl::StatusOr<std::string> Get(const std::string& name) = 0;  // NOT_FOUND if there is none

  // A path under which a program on this machine reads the blob where it lies; NOT_FOUND if there is none.
  virtual absl::StatusOr<std::string> LocalPath(const std::string& name) = 0;

  // Removes a blob, or a folder with everything in it. Also OK if there is none.
  virtual absl::Status Remove(const std::string& name) = 0;

  // The names of the blobs and folders directly in a folder that have not changed since `before`.
  virtual std::vector<std::string> List(const std::string& folder, absl::Time before) = 0;

  // The number of bytes that there is room for. UNAVAILABLE if nothing can be written.
  virtual absl::StatusOr<int64_t> Room() = 0;
};

}  // namespace actionmatch

#endif  // ACTIONMATCH_SERVER_STORE_BLOBS_H_
