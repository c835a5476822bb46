// Whole files as bytes.

#ifndef ACTIONMATCH_CLIENT_FILES_FILE_BYTES_H_
#define ACTIONMATCH_CLIENT_FILES_FILE_BYTES_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace actionmatch {

// Errors name the file and have the system's text.
absl::StatusOr<std::string> ReadFile(const std::string& path);
// Writes all or nothing: an existing file keeps its bytes until the new bytes are written. Links are followed; bytes
// for a device or a pipe are written to it directly.
absl::Status WriteFile(const std::string& path, absl::string_view bytes);

}  // namespace actionmatch

#endif  // ACTIONMATCH_CLIENT_FILES_FILE_BYTES_H_
