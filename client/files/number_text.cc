#include "client/files/number_text.h"

#include <charconv>

#include "absl/strings/str_format.h"

namespace actionmatch {

std::string NumberToText(double value) {
  char buffer[32];
  const std::to_chars_result end = std::to_chars(buffer, buffer + sizeof(buffer), value);
  return std::string(buffer, end.ptr);
}

std::string ExactNumber(double value) { return NumberToText(value + 0.0); }

std::string ShortNumber(double value) { return absl::StrFormat("%.4g", value); }

}  // namespace actionmatch
