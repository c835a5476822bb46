// Alternatives: the names of what can be chosen, as messages list them.

#ifndef ACTIONMATCH_CORE_ALTERNATIVES_H_
#define ACTIONMATCH_CORE_ALTERNATIVES_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"

namespace actionmatch {

// "a, b or c"; "" if there are no names.
inline std::string Alternatives(const std::vector<std::string>& names) {
  std::string text;
  for (size_t i = 0; i < names.size(); ++i) {
    absl::StrAppend(&text, i == 0 ? "" : i + 1 == names.size() ? " or " : ", ", names[i]);
  }
  return text;
}

}  // namespace actionmatch

#endif  // ACTIONMATCH_CORE_ALTERNATIVES_H_
