// All that is wrong with a request, as one error.

#ifndef ACTIONMATCH_SERVER_MESSAGES_VIOLATIONS_H_
#define ACTIONMATCH_SERVER_MESSAGES_VIOLATIONS_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "core/spec/spec.h"

namespace actionmatch {

// The type of the payload, a google.rpc.BadRequest, in which a status keeps violations.
inline constexpr char kViolationsPayload[] = "type.googleapis.com/google.rpc.BadRequest";

// INVALID_FIELD with all violations, both in the payload and in one message. OK if empty. Of very many, the first, and
// how many more there are: what a call answers with must stay short (server/calls/grpc_status.h).
absl::Status ToStatus(absl::Span<const Violation> violations);

// The same for one field: "solver.steps", "must be 1 to 1000000, is 0".
absl::Status InvalidField(absl::string_view field, absl::string_view reason);

// FIELD_NOT_SUPPORTED: the field is for later versions. reason: "is not supported yet: leave it empty".
absl::Status NotSupported(absl::string_view field, absl::string_view reason);

// Names the field that an error is about, in its payload; message and cause stay.
absl::Status WithField(absl::Status status, absl::string_view field, absl::string_view reason);

}  // namespace actionmatch

#endif  // ACTIONMATCH_SERVER_MESSAGES_VIOLATIONS_H_
