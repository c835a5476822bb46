// Durable files. No state; any thread.

#ifndef ACTIONMATCH_CORE_STORAGE_FILES_H_
#define ACTIONMATCH_CORE_STORAGE_FILES_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace actionmatch {

// Durable and atomic: writes a temporary name in the same folder, syncs it, renames it, syncs the folder. After OK the
// content survives a loss of power; after an error or a crash `path` is as it was before. RESOURCE_EXHAUSTED on a full
// disk.
absl::Status WriteFileDurably(const std::string& path, absl::string_view bytes);

// The same for a group of files in one folder: the content is synced, the name is durable only after SyncFolder.
absl::Status WriteFileUnsynced(const std::string& path, absl::string_view bytes);
absl::Status SyncFolder(const std::string& folder);

// OK too if there is such a folder already. RESOURCE_EXHAUSTED on a full disk.
absl::Status MakeFolderDurably(const std::string& path);
// With all that is in it, as far as it can be: for what nothing names any more.
void RemoveFolder(const std::string& path);

absl::StatusOr<std::string> ReadWholeFile(const std::string& path);  // NOT_FOUND if there is none
absl::StatusOr<int64_t> FileSize(const std::string& path);           // likewise
// Fills `bytes` from `offset` on. DATA_LOSS if the file ends before.
absl::Status ReadFilePart(const std::string& path, int64_t offset, absl::Span<char> bytes);

}  // namespace actionmatch

#endif  // ACTIONMATCH_CORE_STORAGE_FILES_H_
