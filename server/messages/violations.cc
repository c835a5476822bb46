#include "server/messages/violations.h"

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"

namespace actionmatch {
namespace {

constexpr size_t kMostListed = 20;
constexpr size_t kMostBytes = 2048;  // after these, none is added

}  // namespace

absl::Status ToStatus(absl::Span<const Violation> violations) {
  if (violations.empty()) return absl::OkStatus();
  std::string text;
  size_t listed = 0;
  for (; listed < std::min(violations.size(), kMostListed) && (listed == 0 || text.size() < kMostBytes); ++listed) {
    absl::StrAppend(&text, listed == 0 ? "" : "; ", violations[listed].field, " ", violations[listed].reason);
  }
  if (listed < violations.size()) absl::StrAppend(&text, "; and ", violations.size() - listed, " more");
  return absl::InvalidArgumentError(text);
}

}  // namespace actionmatch
