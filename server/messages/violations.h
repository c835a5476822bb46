// All violations of a request, as one error.

#ifndef ACTIONMATCH_SERVER_MESSAGES_VIOLATIONS_H_
#define ACTIONMATCH_SERVER_MESSAGES_VIOLATIONS_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "core/spec/spec.h"

namespace actionmatch {

// The type of the payload, a google.rpc.BadRequest, in which a status keeps violations.
inline constexpr char kViolationsPayload[] = "type.googleapis.com/google.rpc.BadRequest";

// INVALID_FIELD with all violations, both in the payload and in one message. OK if there are none. If there are very
// many, the error has the first ones and says how many more there are: a call's error must stay short
// (server/calls/grpc_status.h).
absl::Status ToStatus(absl::Span<const Violation> violations);

// INVALID_FIELD for one field. field: "solver.steps". reason: "must be 1 to 1000000, is 0".
absl::Status InvalidField(absl::string_view field, absl::string_view reason);

// FIELD_NOT_SUPPORTED: the field is for later versions. reason: "is not supported yet: leave it empty".
absl::Status NotSupported(absl::string_view field, absl::string_view reason);

// The same error, whose payload names the field that the error is about. Message and cause stay.
absl::Status WithField(absl::Status status, absl::string_view field, absl::string_view reason);

}  // namespace actionmatch

#endif  // ACTIONMATCH_SERVER_MESSAGES_VIOLATIONS_H_
