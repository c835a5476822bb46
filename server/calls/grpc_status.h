// The one place where an absl::Status becomes a grpc::Status.

#ifndef ACTIONMATCH_SERVER_CALLS_GRPC_STATUS_H_
#define ACTIONMATCH_SERVER_CALLS_GRPC_STATUS_H_

#include <grpcpp/grpcpp.h>

#include "absl/status/status.h"

namespace actionmatch {

// An error carries a google.rpc.Status, as errors.proto describes it: the ErrorInfo of its cause (that of its code, if
// it has none), the violations in its payload, and the time to wait that the table has for its reason.
//
// All of it must fit into trailing metadata, of which callers take 8 KB by default. So a long message is cut, long
// values are, and of many violations the first are told.
grpc::Status ToGrpc(const absl::Status& status);

}  // namespace actionmatch

#endif  // ACTIONMATCH_SERVER_CALLS_GRPC_STATUS_H_
