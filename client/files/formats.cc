#include "client/files/formats.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace actionmatch {

// A format is one source file and one line in each of these two lists.
const FileFormat& CsvFormat();  // csv_format.cc
const FileFormat& NpzFormat();  // npz_format.cc
const FileFormat& NpyFormat();  // npy_format.cc

absl::Span<const FileFormat* const> FileFormats() {
  static const FileFormat* const formats[] = {&CsvFormat(), &NpzFormat(), &NpyFormat()};
  return formats;
}

const FileFormat* FormatOf(absl::string_view path, absl::Span<const FileFormat* const> formats) {
  for (const FileFormat* format : formats) {
    if (absl::EndsWithIgnoreCase(path, format->ending)) return format;
  }
  return nullptr;
}

std::string EndingsText(absl::Span<const FileFormat* const> formats) {
  std::string text;
  for (size_t i = 0; i < formats.size(); ++i) {
    absl::StrAppend(&text, i == 0 ? "" : i + 1 == formats.size() ? " or " : ", ", formats[i]->ending);
  }
  return text;
}

absl::Status UnknownEnding(const std::string& path, absl::Span<const FileFormat* const> formats) {
  std::string text = absl::StrCat(path, " ends in none of ");
  for (const FileFormat* format : formats) absl::StrAppend(&text, format == formats[0] ? "" : ", ", format->ending);
  return absl::InvalidArgumentError(text);
}

}  // namespace actionmatch
