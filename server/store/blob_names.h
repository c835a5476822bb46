// The layout of the store's numbers: the name of each blob and its content (core/storage/tensor_file.h has the format).
//
//   datasets/UID/NUMBER-HASH.safetensors      one batch of snapshots; HASH begins that of its content
//   jobs/UID/ATTEMPT-STEP.safetensors         checkpoints; only the newest is kept, until the job ends
//   fields/UID.safetensors

#ifndef ACTIONMATCH_SERVER_STORE_BLOB_NAMES_H_
#define ACTIONMATCH_SERVER_STORE_BLOB_NAMES_H_

#include <cstdint>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace actionmatch {

inline constexpr absl::string_view kBlobFolders[] = {"datasets", "jobs", "fields"};

inline std::string DatasetFolder(absl::string_view uid) { return absl::StrCat("datasets/", uid); }
inline std::string JobFolder(absl::string_view uid) { return absl::StrCat("jobs/", uid); }
inline std::string FieldBlob(absl::string_view uid) { return absl::StrCat("fields/", uid, ".safetensors"); }

// The name within the dataset's folder.
inline std::string BatchBlob(int64_t number, absl::string_view hash) {
  return absl::StrCat(number, "-", hash.substr(0, 16), ".safetensors");
}
// The name within the job's folder.
inline std::string CheckpointBlob(int attempt, int64_t step) {
  return absl::StrCat(attempt, "-", step, ".safetensors");
}

}  // namespace actionmatch

#endif  // ACTIONMATCH_SERVER_STORE_BLOB_NAMES_H_
