#include "server/calls/grpc_status.h"

#include <cstdint>
#include <string>

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "server/messages/error_reasons.h"
#include "server/messages/violations.h"

namespace actionmatch {
namespace {

constexpr char kDomain[] = "actionmatch";

// The largest size of message and details together, in bytes on the wire. It leaves room for other metadata, such as
// the request's id. The message counts twice: it is sent by itself, and in the details, in base64.
constexpr size_t kMost = 7400;
constexpr size_t kMaxOfMessage = 2560;
constexpr size_t kMaxOfValue = 128;

// gRPC writes every character except printable ASCII as %XX.
size_t WireSize(char c) { return c >= ' ' && c <= '~' && c != '%' ? 1 : 3; }

size_t WireSize(absl::string_view text) {
  size_t size = 0;
  for (const char c : text) size += WireSize(c);
  return size;
}

size_t Base64Size(size_t bytes) { return (bytes + 2) / 3 * 4; }

// The beginning of the text that fits into `most` bytes on the wire, in whole UTF-8 characters.
std::string Cut(absl::string_view text, size_t most) {
  size_t size = 0;
  size_t end = 0;
  for (; end < text.size(); ++end) {
    size += WireSize(text[end]);
    if (size > most) break;
  }
  if (end == text.size()) return std::string(text);
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  return absl::StrCat(text.substr(0, end), "...");
}

google::rpc::ErrorInfo InfoOf(const absl::Status& status, const ErrorRow& row) {
  google::rpc::ErrorInfo info;
  info.set_reason(ReasonWord(row.reason));
  info.set_domain(kDomain);
  for (const auto& [name, value] : CauseOf(status).values) (*info.mutable_metadata())[name] = Cut(value, kMaxOfValue);
  return info;
}

google::rpc::RetryInfo RetryAfter(absl::Duration delay) {
  google::rpc::RetryInfo retry;
  const int64_t seconds = absl::ToInt64Seconds(delay);
  retry.mutable_retry_delay()->set_seconds(seconds);
  retry.mutable_retry_delay()->set_nanos(
      static_cast<int32_t>(absl::ToInt64Nanoseconds(delay - absl::Seconds(seconds))));
  return retry;
}

// The status's violations, without the last ones if they take more than `most` bytes.
google::rpc::BadRequest ViolationsOf(const absl::Status& status, size_t most) {
  google::rpc::BadRequest violations;
  if (const absl::optional<absl::Cord> bytes = status.GetPayload(kViolationsPayload)) {
    violations.ParseFromString(std::string(*bytes));
  }
  while (violations.field_violations_size() > 0 && violations.ByteSizeLong() > most) {
    violations.mutable_field_violations()->RemoveLast();
  }
  return violations;
}

}  // namespace

grpc::Status ToGrpc(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  const ErrorRow& row = RowOf(status);
  const std::string message = Cut(status.message(), kMaxOfMessage);
  google::rpc::Status details;
  details.set_code(static_cast<int32_t>(status.code()));
  details.set_message(message);
  details.add_details()->PackFrom(InfoOf(status, row));
  if (row.retry_after) details.add_details()->PackFrom(RetryAfter(*row.retry_after));
  const size_t taken = WireSize(message) + Base64Size(details.ByteSizeLong() + sizeof(kViolationsPayload) + 16);
  const google::rpc::BadRequest violations = ViolationsOf(status, taken < kMost ? (kMost - taken) / 4 * 3 : 0);
  if (violations.field_violations_size() > 0) details.add_details()->PackFrom(violations);
  // The two enumerations have the same values.
  return grpc::Status(static_cast<grpc::StatusCode>(status.code()), message, details.SerializeAsString());
}

}  // namespace actionmatch
