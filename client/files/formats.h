// The table of all file formats, found by a path's ending.

#ifndef ACTIONMATCH_CLIENT_FILES_FORMATS_H_
#define ACTIONMATCH_CLIENT_FILES_FORMATS_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "client/files/file_format.h"

namespace actionmatch {

// All formats, in the order in which texts list them.
absl::Span<const FileFormat* const> FileFormats();

// The formats that have a function, as in FormatsWith(&FileFormat::read_points).
template <typename Function>
std::vector<const FileFormat*> FormatsWith(Function FileFormat::*function) {
  std::vector<const FileFormat*> formats;
  for (const FileFormat* format : FileFormats()) {
    if (format->*function != nullptr) formats.push_back(format);
  }
  return formats;
}

// The format among `formats` that has the path's ending; nullptr if there is none.
const FileFormat* FormatOf(absl::string_view path, absl::Span<const FileFormat* const> formats);

// The endings as text, such as ".csv, .npz or .npy". For help.
std::string EndingsText(absl::Span<const FileFormat* const> formats);

// INVALID_ARGUMENT names the path and the endings of the formats.
absl::Status UnknownEnding(const std::string& path, absl::Span<const FileFormat* const> formats);

// The function `function` of the format that has the path's ending. INVALID_ARGUMENT names the endings of the formats
// that have the function.
template <typename Function>
absl::StatusOr<Function> FunctionFor(const std::string& path, Function FileFormat::*function) {
  const std::vector<const FileFormat*> formats = FormatsWith(function);
  const FileFormat* format = FormatOf(path, formats);
  if (format == nullptr) return UnknownEnding(path, formats);
  return format->*function;
}

}  // namespace actionmatch

#endif  // ACTIONMATCH_CLIENT_FILES_FORMATS_H_
