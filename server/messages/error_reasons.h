// The reasons of the API's errors (errors.proto). One table gives each reason its code, and the time after which a
// caller may try again.

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

// One row for each reason except UNSPECIFIED. The first rows are the reasons of the codes: one for each error code.
absl::Span<const ErrorRow> ErrorTable();

// An error of the reason's code. values: the values that errors.proto names for this reason. message: for people.
absl::Status ErrorOf(v1::ErrorReason reason, const std::map<std::string, std::string>& values,
                     absl::string_view message);

// The row of a status's cause; the core too gives causes. The row of the status's code, if there is no cause or the
// cause does not go with the code. The status must be an error.
const ErrorRow& RowOf(const absl::Status& status);

// Whether the status is an error of this reason.
bool HasReason(const absl::Status& status, v1::ErrorReason reason);

// The reason's word in ErrorInfo, such as "BATCH_GAP".
std::string ReasonWord(v1::ErrorReason reason);

}  // namespace actionmatch

#endif  // ACTIONMATCH_SERVER_MESSAGES_ERROR_REASONS_H_
