// ErrorDetails: what the server tells of an error, for programs that decide on it. The text is for people.
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
  // One field of the request that is wrong.
  struct Violation {
    std::string field;        // its path: "job.train.training.steps"
    std::string description;  // what is wrong with it: "must be at least 1, is 0"
  };

  std::string reason;                           // "BATCH_GAP"; empty if gRPC made the error, or this program itself
  std::map<std::string, std::string> metadata;  // the values that the reason brings: errors.proto names them
  std::vector<Violation> violations;          // of very many the first; metadata["violations"] says how many there are
  std::optional<absl::Duration> retry_after;  // wait this long, then the same call may succeed
};

// An error keeps its code, its text and, in payloads, its details: a status that is printed shows them.
absl::Status ToStatus(const grpc::Status& status);

// The details of an error that a Client returned; empty ones for any other status.
ErrorDetails DetailsOf(const absl::Status& status);

// The reason alone. UNSPECIFIED if the error has none, or one that this program does not know.
v1::ErrorReason ReasonOf(const absl::Status& status);

}  // namespace actionmatch

#endif  // ACTIONMATCH_CLIENT_STATUS_DETAILS_H_
