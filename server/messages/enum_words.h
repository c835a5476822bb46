// Conversions between enumerations of the API and of the core, by words (core/words.h). A value's name in the API is
// the enumeration's prefix and then its word in upper case: KIND_OT of PathSpec.Kind is "ot". KIND_UNSPECIFIED, the
// value 0, gives the prefix; it stands for a default and has no word.

#ifndef ACTIONMATCH_SERVER_MESSAGES_ENUM_WORDS_H_
#define ACTIONMATCH_SERVER_MESSAGES_ENUM_WORDS_H_

#include <optional>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "core/words.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/generated_enum_reflection.h"

namespace actionmatch {

// The name in the API: "KIND_OT" of the word "ot".
inline std::string EnumName(const google::protobuf::EnumDescriptor& type, absl::string_view word) {
  return absl::StrCat(absl::StripSuffix(type.value(0)->name(), "UNSPECIFIED"), absl::AsciiStrToUpper(word));
}

// The number of `value` in the API; 0 if the API does not have the value, which the tests rule out.
template <typename Core>
int EnumNumber(const google::protobuf::EnumDescriptor& type, Core value) {
  const auto* found = type.FindValueByName(EnumName(type, WordOf(value)));
  return found == nullptr ? 0 : found->number();
}

// The value of this number; nullopt if the core does not have it.
template <typename Core>
std::optional<Core> EnumValue(const google::protobuf::EnumDescriptor& type, int number) {
  for (const Word<Core>& entry : WordsOf(Core{})) {
    if (EnumNumber(type, entry.value) == number) return entry.value;
  }
  return std::nullopt;
}

// The reason of a violation: a number that the core does not have.
template <typename Core>
std::string UnknownNumber(const google::protobuf::EnumDescriptor& type, int number) {
  const std::string known = absl::StrJoin(WordsOf(Core{}), ", ", [&](std::string* out, const Word<Core>& entry) {
    out->append(EnumName(type, entry.word));
  });
  return absl::StrCat("is ", number, ", which this server does not know: use one of ", known);
}

// EnumToProto<v1::PathSpec::Kind>(PathSpec::Kind::kOt) is v1::PathSpec::KIND_OT.
template <typename Proto, typename Core>
Proto EnumToProto(Core value) {
  return static_cast<Proto>(EnumNumber(*google::protobuf::GetEnumDescriptor<Proto>(), value));
}

}  // namespace actionmatch

#endif  // ACTIONMATCH_SERVER_MESSAGES_ENUM_WORDS_H_
