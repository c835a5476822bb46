// Whole files as bytes.

#ifndef ACTIONMATCH_CLIENT_FILES_FILE_BYTES_H_
#define ACTIONMATCH_CLIENT_FILES_FILE_BYTES_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace actionmatch {

// Errors name the file and what the system says.
absl::StatusOr<std::string> ReadFile(const std::string& path);
// All or nothing: a file that is there keeps its bytes until the new ones are written. Links are followed; a device or
// a pipe is written to as it is.
absl::Status WriteFile(const std::string& path, absl::string_view bytes);

}  // namespace actionmatch

#endif  // ACTIONMATCH_CLIENT_FILES_FILE_BYTES_H_
