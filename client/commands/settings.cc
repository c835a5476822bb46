#include "client/commands/settings.h"

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "google/protobuf/util/json_util.h"

namespace actionmatch {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::EnumDescriptor;
using google::protobuf::EnumValueDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

// The part that all names of an enumeration share: "KIND_" of KIND_UNSPECIFIED and KIND_OT.
absl::string_view PrefixOf(const EnumDescriptor& type) {
  return absl::StripSuffix(type.value(0)->name(), "UNSPECIFIED");
}

const EnumValueDescriptor* FindValue(const EnumDescriptor& type, const std::string& text) {
  const std::string upper = absl::AsciiStrToUpper(text);
  const EnumValueDescriptor* value = type.FindValueByName(upper);
  return value != nullptr ? value : type.FindValueByName(absl::StrCat(PrefixOf(type), upper));
}

std::string ValuesOf(const EnumDescriptor& type) {
  std::vector<std::string> names;
  for (int i = 1; i < type.value_count(); ++i) {  // 0 is "not set"
    names.push_back(absl::AsciiStrToLower(absl::StripPrefix(type.value(i)->name(), PrefixOf(type))));
  }
  return absl::StrJoin(names, ", ");
}

std::string FieldsOf(const Descriptor& type) {
  std::vector<std::string> names;
  names.reserve(type.field_count());
  for (int i = 0; i < type.field_count(); ++i) names.push_back(type.field(i)->name());
  return absl::StrJoin(names, ", ");
}

template <typename T, typename Parse, typename Set>
absl::Status Number(const std::string& text, const char* what, Parse parse, Set set) {
  T value{};
  if (!parse(text, &value)) return absl::InvalidArgumentError(absl::StrCat("\"", text, "\" is not ", what));
  set(value);
  return absl::OkStatus();
}

// Sets one value, or appends it if the field is repeated.
absl::Status SetValue(const std::string& text, const FieldDescriptor& field, Message* message) {
  const Reflection& reflection = *message->GetReflection();
  const bool repeated = field.is_repeated();
  const auto integer = [](const std::string& from, auto* to) { return absl::SimpleAtoi(from, to); };
  const auto real = [](const std::string& from, double* to) { return absl::SimpleAtod(from, to); };
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      return Number<int32_t>(text, "a whole number", integer, [&](int32_t value) {
        repeated ? reflection.AddInt32(message, &field, value) : reflection.SetInt32(message, &field, value);
      });
    case FieldDescriptor::CPPTYPE_INT64:
      return Number<int64_t>(text, "a whole number", integer, [&](int64_t value) {
        repeated ? reflection.AddInt64(message, &field, value) : reflection.SetInt64(message, &field, value);
      });
    case FieldDescriptor::CPPTYPE_UINT64:
      return Number<uint64_t>(text, "a whole number of at least 0", integer, [&](uint64_t value) {
        repeated ? reflection.AddUInt64(message, &field, value) : reflection.SetUInt64(message, &field, value);
      });
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return Number<double>(text, "a number", real, [&](double value) {
        repeated ? reflection.AddDouble(message, &field, value) : reflection.SetDouble(message, &field, value);
      });
    case FieldDescriptor::CPPTYPE_BOOL:
      return Number<bool>(
          text, "true or false", [](const std::string& from, bool* to) { return absl::SimpleAtob(from, to); },
          [&](bool value) { reflection.SetBool(message, &field, value); });
    case FieldDescriptor::CPPTYPE_STRING:
      repeated ? reflection.AddString(message, &field, text) : reflection.SetString(message, &field, text);
      return absl::OkStatus();
    case FieldDescriptor::CPPTYPE_ENUM: {
      const EnumValueDescriptor* value = FindValue(*field.enum_type(), text);
      if (value == nullptr) {
        return absl::InvalidArgumentError(absl::StrCat("\"", text, "\" is none of ", ValuesOf(*field.enum_type())));
      }
      reflection.SetEnum(message, &field, value);
      return absl::OkStatus();
    }
    default:
      return absl::InvalidArgumentError("it is a group: set one of its fields");
  }
}

}  // namespace

absl::Status ApplySetting(absl::string_view setting, Message* message) {
  const size_t equals = setting.find('=');
  if (equals == absl::string_view::npos) {
    return absl::InvalidArgumentError(absl::StrCat("--set ", setting, ": write NAME=VALUE"));
  }
  const absl::string_view path = setting.substr(0, equals);
  const std::string text(setting.substr(equals + 1));
  const std::vector<std::string> names = absl::StrSplit(path, '.');
  for (size_t i = 0; i < names.size(); ++i) {
    const Descriptor& type = *message->GetDescriptor();
    const FieldDescriptor* field = type.FindFieldByName(names[i]);
    if (field == nullptr) {
      return absl::InvalidArgumentError(
          absl::StrCat("--set ", path, ": there is no ", names[i], "; there are ", FieldsOf(type)));
    }
    const bool group = field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE;
    if (i + 1 < names.size()) {
      if (!group) return absl::InvalidArgumentError(absl::StrCat("--set ", path, ": ", names[i], " has no parts"));
      message = message->GetReflection()->MutableMessage(message, field);
      continue;
    }
    if (group) {
      return absl::InvalidArgumentError(
          absl::StrCat("--set ", path, ": set one of its fields: ", FieldsOf(*field->message_type())));
    }
    std::vector<std::string> values = {text};
    if (field->is_repeated()) {
      message->GetReflection()->ClearField(message, field);
      values = text.empty() ? std::vector<std::string>{} : absl::StrSplit(text, ',');
    }
    for (const std::string& value : values) {
      if (absl::Status status = SetValue(value, *field, message); !status.ok()) {
        return absl::InvalidArgumentError(absl::StrCat("--set ", path, ": ", status.message()));
      }
    }
  }
  return absl::OkStatus();
}

absl::Status ParseJson(absl::string_view json, Message* message) {
  const auto status = google::protobuf::util::JsonStringToMessage(std::string(json), message);
  if (status.ok()) return absl::OkStatus();
  return absl::InvalidArgumentError(std::string(status.message()));
}

}  // namespace actionmatch
