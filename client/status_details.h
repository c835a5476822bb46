// ErrorDetails: the server's details of an error, for programs that decide on errors. The error's text is for people.
//
//   const absl::Status status = client.Append(...);
//   if (ReasonOf(status) == v1::ERROR_REASON_BATCH_GAP) next = DetailsOf(status).metadata["expected"];

#ifndef ACTIONMATCH_CLIENT_STATUS_DETAILS_H_
#define ACTIONMATCH_CLIENT_STATUS_DETAILS_H_

#include <grpcpp/grpcpp.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "actionmatch/v1/errors.pb.h"

namespace actionmatch {

struct ErrorDetails {
  // Violation: one wrong field of the request.
  struct Violation {
    std::string field;        // the field's path: "job.train.training.steps"
    std::string description;  // what is wrong with it: "must be at least 1, is 0"
  };

  std::string reason;                           // "BATCH_GAP"; empty if gRPC made the error, or this program itself
  std::map<std::string, std::string> metadata;  // the reason's values: errors.proto names them
  std::vector<Violation> violations;            // the first ones; metadata["violations"] says how many there are
  std::optional<absl::Duration> retry_after;    // wait this long, then the same call may succeed
};

// The status keeps an error's code, its text and, in payloads, its details: who prints the status sees them.
absl::Status ToStatus(const grpc::Status& status);

// The details of an error that a Client returned; empty ones for any other status.
ErrorDetails DetailsOf(const absl::Status& status);

// The reason alone. UNSPECIFIED if the error has no reason, or a reason that this program does not know.
v1::ErrorReason ReasonOf(const absl::Status& status);

}  // namespace actionmatch

#endif  // ACTIONMATCH_CLIENT_STATUS_DETAILS_H_
