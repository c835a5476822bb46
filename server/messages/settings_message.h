// Settings as a message, by reflection. A setting's full name is the path of its field: "dynamics.cost.power" is the
// field power of the message cost of the message dynamics. Types are those of the members: bool, int32, int64, uint64,
// double, lists of them, and enumerations, whose values are found by their words (enum_words.h).

#ifndef ACTIONMATCH_SERVER_MESSAGES_SETTINGS_MESSAGE_H_
#define ACTIONMATCH_SERVER_MESSAGES_SETTINGS_MESSAGE_H_

#include <cstdint>
#include <optional>
#include <type_traits>
#include <vector>

#include "core/spec/setting.h"
#include "google/protobuf/message.h"
#include "google/protobuf/reflection.h"
#include "server/messages/enum_words.h"

namespace actionmatch {

// A field in one of a message's parts.
struct ConstFieldPlace {
  const google::protobuf::Message& part;
  const google::protobuf::FieldDescriptor& field;

  const google::protobuf::Reflection& reflection() const { return *part.GetReflection(); }
};
struct FieldPlace {
  google::protobuf::Message& part;
  const google::protobuf::FieldDescriptor& field;

  const google::protobuf::Reflection& reflection() const { return *part.GetReflection(); }
};
// The process ends if the message has no such field, which train_spec_message_test rules out.
ConstFieldPlace FindField(const google::protobuf::Message& message, absl::string_view path);
FieldPlace FindOrMakeField(google::protobuf::Message* message, absl::string_view path);  // makes its parts too

// A visitor that sets each member whose field the message sets. A field that is not set, an enumeration that is
// UNSPECIFIED and an empty list leave the member as it is. So do two wrong fields, for which the visitor adds a
// violation: an enumeration's number that the core does not have, and a field of a setting that does not apply.
class MessageReader {
 public:
  MessageReader(const google::protobuf::Message& message, std::vector<Violation>* violations)
      : message_(message), violations_(violations) {}

  template <typename T>
  void operator()(const Setting& setting, T& member) const {
    const ConstFieldPlace at = FindField(message_, setting.name());
    const bool is_set = at.field.is_repeated() ? at.reflection().FieldSize(at.part, &at.field) > 0
                                               : at.reflection().HasField(at.part, &at.field);
    if (!is_set) return;
    if (setting.applies()) {
      Read(setting, at, &member);
    } else {
      violations_->push_back({setting.name(), setting.WhyNot()});
    }
  }

 private:
  template <typename T>
  void Read(const Setting& setting, const ConstFieldPlace& at, T* member) const {
    const google::protobuf::Reflection& reflection = at.reflection();
    if constexpr (std::is_enum_v<T>) {
      const int number = reflection.GetEnumValue(at.part, &at.field);
      const std::optional<T> value = EnumValue<T>(*at.field.enum_type(), number);
      if (value.has_value()) {
        *member = *value;
      } else {
        violations_->push_back({setting.name(), UnknownNumber<T>(*at.field.enum_type(), number)});
      }
    } else if constexpr (std::is_same_v<T, bool>) {
      *member = reflection.GetBool(at.part, &at.field);
    } else if constexpr (std::is_same_v<T, int32_t>) {
      *member = reflection.GetInt32(at.part, &at.field);
    } else if constexpr (std::is_same_v<T, int64_t>) {
      *member = reflection.GetInt64(at.part, &at.field);
    } else if constexpr (std::is_same_v<T, uint64_t>) {
      *member = reflection.GetUInt64(at.part, &at.field);
    } else {
      static_assert(std::is_same_v<T, double>);
      *member = reflection.GetDouble(at.part, &at.field);
    }
  }
  template <typename T>
  void Read(const Setting& setting, const ConstFieldPlace& at, std::optional<T>* member) const {
    Read(setting, at, &member->emplace());
  }
  template <typename T>
  void Read(const Setting& /*setting*/, const ConstFieldPlace& at, std::vector<T>* member) const {
    const auto values = at.reflection().GetRepeatedFieldRef<T>(at.part, &at.field);
    member->assign(values.begin(), values.end());
  }

  const google::protobuf::Message& message_;
  std::vector<Violation>* violations_;
};

// A visitor that sets the field of each setting that applies, except numbers that are not set.
class MessageWriter {
 public:
  explicit MessageWriter(google::protobuf::Message* message) : message_(message) {}

  template <typename T>
  void operator()(const Setting& setting, const T& member) const {
    if (setting.applies()) Write(FindOrMakeField(message_, setting.name()), member);
  }

 private:
  template <typename T>
  static void Write(const FieldPlace& at, const T& value) {
    const google::protobuf::Reflection& reflection = at.reflection();
    if constexpr (std::is_enum_v<T>) {
      reflection.SetEnumValue(&at.part, &at.field, EnumNumber(*at.field.enum_type(), value));
    } else if constexpr (std::is_same_v<T, bool>) {
      reflection.SetBool(&at.part, &at.field, value);
    } else if constexpr (std::is_same_v<T, int32_t>) {
      reflection.SetInt32(&at.part, &at.field, value);
    } else if constexpr (std::is_same_v<T, int64_t>) {
      reflection.SetInt64(&at.part, &at.field, value);
    } else if constexpr (std::is_same_v<T, uint64_t>) {
      reflection.SetUInt64(&at.part, &at.field, value);
    } else {
      static_assert(std::is_same_v<T, double>);
      reflection.SetDouble(&at.part, &at.field, value);
    }
  }
  template <typename T>
  static void Write(const FieldPlace& at, const std::optional<T>& value) {
    if (value.has_value()) Write(at, *value);
  }
  template <typename T>
  static void Write(const FieldPlace& at, const std::vector<T>& values) {
    const auto field = at.reflection().GetMutableRepeatedFieldRef<T>(&at.part, &at.field);
    for (const T& value : values) field.Add(value);
  }

  google::protobuf::Message* message_;
};

}  // namespace actionmatch

#endif  // ACTIONMATCH_SERVER_MESSAGES_SETTINGS_MESSAGE_H_
