// Blobs as files of a folder: a blob's name is the path below the folder.

#ifndef ACTIONMATCH_SERVER_STORE_FOLDER_BLOBS_H_
#define ACTIONMATCH_SERVER_STORE_FOLDER_BLOBS_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "server/store/blobs.h"

namespace actionmatch {

// Makes the folder, and `folders` in that folder, where they are missing. Any number of processes may use the same
// path.
absl::StatusOr<std::unique_ptr<Blobs>> OpenFolderBlobs(const std::string& path,
                                                       absl::Span<const absl::string_view> folders);

}  // namespace actionmatch

#endif  // ACTIONMATCH_SERVER_STORE_FOLDER_BLOBS_H_
