#include "client/status_details.h"

#include <utility>

#include "absl/strings/cord.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace actionmatch {
namespace {

constexpr char kDomain[] = "actionmatch";

// The payloads, each with a plain text, so that a status which is printed can be read.
constexpr char kReason[] = "actionmatch/reason";
constexpr char kRetryAfter[] = "actionmatch/retry_after";
constexpr char kMetadata[] = "actionmatch/metadata/";    // then the name
constexpr char kViolation[] = "actionmatch/violation/";  // then the place in the list, a slash and the field

void Keep(const google::rpc::ErrorInfo& info, absl::Status* status) {
  if (info.domain() != kDomain) return;
  status->SetPayload(kReason, absl::Cord(info.reason()));
  for (const auto& [name, value] : info.metadata()) status->SetPayload(kMetadata + name, absl::Cord(value));
}

void Keep(const google::rpc::BadRequest& request, absl::Status* status) {
  for (int i = 0; i < request.field_violations_size(); ++i) {
    const google::rpc::BadRequest::FieldViolation& violation = request.field_violations(i);
    status->SetPayload(absl::StrCat(kViolation, i, "/", violation.field()), absl::Cord(violation.description()));
  }
}

void Keep(const google::rpc::RetryInfo& retry, absl::Status* status) {
  const absl::Duration delay =
      absl::Seconds(retry.retry_delay().seconds()) + absl::Nanoseconds(retry.retry_delay().nanos());
  status->SetPayload(kRetryAfter, absl::Cord(absl::FormatDuration(delay)));
}

}  // namespace

absl::Status ToStatus(const grpc::Status& status) {
  if (status.ok()) return absl::OkStatus();
  // The two enumerations have the same values.
  absl::Status error(static_cast<absl::StatusCode>(status.error_code()), status.error_message());
  google::rpc::Status told;
  if (!told.ParseFromString(status.error_details())) return error;
  for (const google::protobuf::Any& detail : told.details()) {
    google::rpc::ErrorInfo info;
    google::rpc::BadRequest request;
    google::rpc::RetryInfo retry;
    if (detail.UnpackTo(&info)) Keep(info, &error);
    if (detail.UnpackTo(&request)) Keep(request, &error);
    if (detail.UnpackTo(&retry)) Keep(retry, &error);
  }
  return error;
}

ErrorDetails DetailsOf(const absl::Status& status) {
  ErrorDetails details;
  std::map<int, ErrorDetails::Violation> violations;
  status.ForEachPayload([&](absl::string_view type, const absl::Cord& payload) {
    const std::string text(payload);
    absl::Duration delay;
    if (type == kReason) {
      details.reason = text;
    } else if (type == kRetryAfter && absl::ParseDuration(text, &delay)) {
      details.retry_after = delay;
    } else if (absl::ConsumePrefix(&type, kMetadata)) {
      details.metadata[std::string(type)] = text;
    } else if (absl::ConsumePrefix(&type, kViolation)) {
      const std::pair<std::string, std::string> parts = absl::StrSplit(type, absl::MaxSplits('/', 1));
      int place = 0;
      if (absl::SimpleAtoi(parts.first, &place)) violations[place] = {parts.second, text};
    }
  });
  for (auto& [place, violation] : violations) details.violations.push_back(std::move(violation));
  return details;
}

v1::ErrorReason ReasonOf(const absl::Status& status) {
  v1::ErrorReason reason = v1::ERROR_REASON_UNSPECIFIED;
  v1::ErrorReason_Parse(absl::StrCat("ERROR_REASON_", DetailsOf(status).reason), &reason);
  return reason;
}

}  // namespace actionmatch
