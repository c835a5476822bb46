#include "client/terminal/exit_code.h"

#include "absl/strings/cord.h"

namespace actionmatch {
namespace {

constexpr char kMisuse[] = "actionmatch/misuse";
constexpr char kInterrupted[] = "actionmatch/interrupted";

absl::Status Marked(absl::Status status, const char* mark) {
  status.SetPayload(mark, absl::Cord("1"));
  return status;
}

}  // namespace

absl::Status Misuse(absl::string_view message) { return Marked(absl::InvalidArgumentError(message), kMisuse); }
bool IsMisuse(const absl::Status& status) { return status.GetPayload(kMisuse).has_value(); }

absl::Status Interrupted(absl::string_view message) { return Marked(absl::CancelledError(message), kInterrupted); }
bool IsInterrupted(const absl::Status& status) { return status.GetPayload(kInterrupted).has_value(); }

int ExitCode(const absl::Status& status) {
  if (status.ok()) return 0;
  return IsInterrupted(status) ? 130 : IsMisuse(status) ? 2 : 1;
}

}  // namespace actionmatch
