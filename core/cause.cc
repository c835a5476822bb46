#include "core/cause.h"

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace actionmatch {
namespace {

// A status keeps its cause in payloads, one for the word and one for each value.
constexpr char kReason[] = "actionmatch/reason";
constexpr char kValue[] = "actionmatch/value/";

}  // namespace

absl::Status ErrorOf(const Reason& reason, const std::map<std::string, std::string>& values,
                     absl::string_view message) {
  absl::Status status(reason.code, message);
  status.SetPayload(kReason, absl::Cord(reason.word));
  for (const auto& [name, value] : values) status.SetPayload(absl::StrCat(kValue, name), absl::Cord(value));
  return status;
}

Cause CauseOf(const absl::Status& status) {
  Cause cause;
  status.ForEachPayload([&](absl::string_view type, const absl::Cord& bytes) {
    if (type == kReason) cause.reason = std::string(bytes);
    if (absl::ConsumePrefix(&type, kValue)) cause.values[std::string(type)] = std::string(bytes);
  });
  return cause;
}

absl::Status WithMessage(const absl::Status& status, absl::string_view message) {
  absl::Status with(status.code(), message);
  status.ForEachPayload([&](absl::string_view type, const absl::Cord& bytes) { with.SetPayload(type, bytes); });
  return with;
}

}  // namespace actionmatch
