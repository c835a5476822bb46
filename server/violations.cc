#include "server/violations.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace actionmatch {

absl::Status ToStatus(absl::Span<const Violation> violations) {
  if (violations.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrJoin(violations, "; ", [&](std::string* out, const Violation& violation) {
    absl::StrAppend(out, violation.field, " ", violation.reason);
  }));
}

}  // namespace actionmatch
