#include "server/messages/violations.h"

#include <algorithm>
#include <string>

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "google/rpc/error_details.pb.h"
#include "server/messages/error_reasons.h"

namespace actionmatch {
namespace {

constexpr size_t kMaxListed = 20;
constexpr size_t kMaxBytes = 2048;  // once the text has this many, no violation is added

}  // namespace

absl::Status ToStatus(absl::Span<const Violation> violations) {
  if (violations.empty()) return absl::OkStatus();
  std::string text;
  google::rpc::BadRequest details;
  size_t listed = 0;
  for (; listed < std::min(violations.size(), kMaxListed) && (listed == 0 || text.size() < kMaxBytes); ++listed) {
    absl::StrAppend(&text, listed == 0 ? "" : "; ", violations[listed].field, " ", violations[listed].reason);
    google::rpc::BadRequest::FieldViolation& violation = *details.add_field_violations();
    violation.set_field(violations[listed].field);
    violation.set_description(violations[listed].reason);
  }
  if (listed < violations.size()) absl::StrAppend(&text, "; and ", violations.size() - listed, " more");
  absl::Status status =
      ErrorOf(v1::ERROR_REASON_INVALID_FIELD, {{"violations", absl::StrCat(violations.size())}}, text);
  status.SetPayload(kViolationsPayload, absl::Cord(details.SerializeAsString()));
  return status;
}

absl::Status InvalidField(absl::string_view field, absl::string_view reason) {
  return ToStatus({Violation{std::string(field), std::string(reason)}});
}

absl::Status NotSupported(absl::string_view field, absl::string_view reason) {
  return WithField(
      ErrorOf(v1::ERROR_REASON_FIELD_NOT_SUPPORTED, {{"field", std::string(field)}}, absl::StrCat(field, " ", reason)),
      field, reason);
}

absl::Status WithField(absl::Status status, absl::string_view field, absl::string_view reason) {
  google::rpc::BadRequest details;
  google::rpc::BadRequest::FieldViolation& violation = *details.add_field_violations();
  violation.set_field(std::string(field));
  violation.set_description(std::string(reason));
  status.SetPayload(kViolationsPayload, absl::Cord(details.SerializeAsString()));
  return status;
}

}  // namespace actionmatch
