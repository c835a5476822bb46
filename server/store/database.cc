#include "server/store/database.h"

#include "server/messages/error_reasons.h"

namespace actionmatch {

absl::Status BusyError(absl::string_view message) { return ErrorOf(v1::ERROR_REASON_DATABASE_BUSY, {}, message); }

bool IsBusy(const absl::Status& status) { return HasReason(status, v1::ERROR_REASON_DATABASE_BUSY); }

}  // namespace actionmatch
