// ToGrpc: the only place where an absl::Status becomes a grpc::Status.

#ifndef ACTIONMATCH_SERVER_CALLS_GRPC_STATUS_H_
#define ACTIONMATCH_SERVER_CALLS_GRPC_STATUS_H_

#include <grpcpp/grpcpp.h>

#include "absl/status/status.h"

namespace actionmatch {

// An error carries a google.rpc.Status, as errors.proto describes it: the ErrorInfo of its cause (of its code, if it
// has no cause), the violations in its payload, and the time to wait that the table has for its reason.
//
// The whole error must fit into trailing metadata, of which callers take 8 KB by default. So long messages and long
// values are cut, and if there are many violations only the first ones are sent.
grpc::Status ToGrpc(const absl::Status& status);

}  // namespace actionmatch

#endif  // ACTIONMATCH_SERVER_CALLS_GRPC_STATUS_H_
