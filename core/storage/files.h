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

// Writes a file durably and atomically: writes a temporary name in the same folder, syncs it, renames it, syncs the
// folder. After OK the content survives a loss of power; after an error or a crash `path` is as it was before.
// RESOURCE_EXHAUSTED on a full disk.
absl::Status WriteFileDurably(const std::string& path, absl::string_view bytes);

// As above, for a group of files in one folder: the content is synced, but the name is durable only after SyncFolder.
absl::Status WriteFileUnsynced(const std::string& path, absl::string_view bytes);
absl::Status SyncFolder(const std::string& folder);

// Makes a folder durably; OK too if there is such a folder already. RESOURCE_EXHAUSTED on a full disk.
absl::Status MakeFolderDurably(const std::string& path);
// Removes a folder with all that is in it, as far as possible: for data that nothing names any more.
void RemoveFolder(const std::string& path);

absl::StatusOr<std::string> ReadWholeFile(const std::string& path);  // NOT_FOUND if there is none
absl::StatusOr<int64_t> FileSize(const std::string& path);           // NOT_FOUND if there is none
// Fills `bytes` from `offset` on. DATA_LOSS if the file ends before.
absl::Status ReadFilePart(const std::string& path, int64_t offset, absl::Span<char> bytes);

}  // namespace actionmatch

#endif  // ACTIONMATCH_CORE_STORAGE_FILES_H_
