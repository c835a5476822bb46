#include "client/terminal/session.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace actionmatch {

std::string ResourceName(absl::string_view collection, absl::string_view name) {
  if (absl::StrContains(name, '/')) return std::string(name);
  return absl::StrCat(collection, "/", name);
}

std::string ShortName(absl::string_view name) {
  const size_t slash = name.rfind('/');
  return std::string(slash == absl::string_view::npos ? name : name.substr(slash + 1));
}

}  // namespace actionmatch
