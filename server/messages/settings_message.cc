#include "server/messages/settings_message.h"

#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "absl/strings/str_split.h"

namespace actionmatch {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

// The descriptors along the path: of the parts, then of the field itself.
std::vector<const FieldDescriptor*> Resolve(const google::protobuf::Descriptor* type, absl::string_view path) {
  std::vector<const FieldDescriptor*> fields;
  for (const absl::string_view name : absl::StrSplit(path, '.')) {
    const FieldDescriptor* field = type == nullptr ? nullptr : type->FindFieldByName(std::string(name));
    if (field == nullptr) {
      std::fprintf(stderr, "the message has no field for the setting %s\n", std::string(path).c_str());
      std::abort();
    }
    fields.push_back(field);
    type = field->message_type();
  }
  return fields;
}

}  // namespace

ConstFieldPlace FindField(const Message& message, absl::string_view path) {
  const std::vector<const FieldDescriptor*> fields = Resolve(message.GetDescriptor(), path);
  const Message* part = &message;
  for (size_t i = 0; i + 1 < fields.size(); ++i) part = &part->GetReflection()->GetMessage(*part, fields[i]);
  return {*part, *fields.back()};
}

FieldPlace FindOrMakeField(Message* message, absl::string_view path) {
  const std::vector<const FieldDescriptor*> fields = Resolve(message->GetDescriptor(), path);
  for (size_t i = 0; i + 1 < fields.size(); ++i) {
    message = message->GetReflection()->MutableMessage(message, fields[i]);
  }
  return {*message, *fields.back()};
}

}  // namespace actionmatch
