// The reasons of the API's errors (errors.proto): one table says which code each goes with, and when a caller may try
// again.

#ifndef ACTIONMATCH_SERVER_MESSAGES_ERROR_REASONS_H_
#define ACTIONMATCH_SERVER_MESSAGES_ERROR_REASONS_H_

#include <map>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "actionmatch/v1/errors.pb.h"
#include "core/cause.h"

namespace actionmatch {

struct ErrorRow {
  v1::ErrorReason reason;
  absl::StatusCode code;
  std::optional<absl::Duration> retry_after = std::nullopt;  // none: the same call will fail again
};

// One row for each reason but UNSPECIFIED. The first ones are those of the codes: one for each error code.
absl::Span<const ErrorRow> ErrorTable();

// An error of the reason's code. values: those that errors.proto names for this reason. message: for people.
absl::Status ErrorOf(v1::ErrorReason reason, const std::map<std::string, std::string>& values,
                     absl::string_view message);

// The row of a status's cause, which the core may have given it too. The row of its code, if it has no cause or one
// that does not go with its code. The status must be an error.
const ErrorRow& RowOf(const absl::Status& status);

// Whether the status is an error of this reason.
bool HasReason(const absl::Status& status, v1::ErrorReason reason);

// "BATCH_GAP", as ErrorInfo has it.
std::string ReasonWord(v1::ErrorReason reason);

}  // namespace actionmatch

#endif  // ACTIONMATCH_SERVER_MESSAGES_ERROR_REASONS_H_
