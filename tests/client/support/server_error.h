// Errors as a server sends them, for tests of what clients make of them.

#ifndef ACTIONMATCH_TESTS_CLIENT_SUPPORT_SERVER_ERROR_H_
#define ACTIONMATCH_TESTS_CLIENT_SUPPORT_SERVER_ERROR_H_

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "client/status_details.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace actionmatch {

struct ServerError {
  grpc::StatusCode code;
  std::string message;
  std::string reason;
  std::map<std::string, std::string> metadata = {};
  std::vector<ErrorDetails::Violation> violations = {};
  int retry_milliseconds = 0;  // 0: none
  std::string domain = "actionmatch";
};

// As it comes over the wire.
inline grpc::Status Wire(const ServerError& error) {
  google::rpc::Status status;
  status.set_code(error.code);
  status.set_message(error.message);
  google::rpc::ErrorInfo info;
  info.set_reason(error.reason);
  info.set_domain(error.domain);
  info.mutable_metadata()->insert(error.metadata.begin(), error.metadata.end());
  status.add_details()->PackFrom(info);
  google::rpc::BadRequest request;
  for (const ErrorDetails::Violation& violation : error.violations) {
    request.add_field_violations()->set_field(violation.field);
    request.mutable_field_violations()->rbegin()->set_description(violation.description);
  }
  if (!error.violations.empty()) status.add_details()->PackFrom(request);
  google::rpc::RetryInfo retry;
  retry.mutable_retry_delay()->set_seconds(error.retry_milliseconds / 1000);
  retry.mutable_retry_delay()->set_nanos(error.retry_milliseconds % 1000 * 1000000);
  if (error.retry_milliseconds > 0) status.add_details()->PackFrom(retry);
  return {error.code, error.message, status.SerializeAsString()};
}

// As a Client returns it.
inline absl::Status Returned(const ServerError& error) { return ToStatus(Wire(error)); }

}  // namespace actionmatch

#endif  // ACTIONMATCH_TESTS_CLIENT_SUPPORT_SERVER_ERROR_H_
