// All that is wrong with a request, as one error.

#ifndef ACTIONMATCH_SERVER_MESSAGES_VIOLATIONS_H_
#define ACTIONMATCH_SERVER_MESSAGES_VIOLATIONS_H_

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "core/spec/spec.h"

namespace actionmatch {

// One message with all violations: INVALID_ARGUMENT. OK if empty. Of very many, the first, and how many more there are:
// what a call answers with must stay short (call.h, ToGrpc).
absl::Status ToStatus(absl::Span<const Violation> violations);

}  // namespace actionmatch

#endif  // ACTIONMATCH_SERVER_MESSAGES_VIOLATIONS_H_
