// The JSON form of settings: one flat object, full names as keys in alphabetical order, enumerations as words. A number
// that is not set, and a setting that does not apply, have no key.

#ifndef ACTIONMATCH_CORE_SPEC_SETTINGS_JSON_H_
#define ACTIONMATCH_CORE_SPEC_SETTINGS_JSON_H_

#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "core/spec/setting.h"
#include "core/words.h"

namespace actionmatch {

class JsonWriter {
 public:
  explicit JsonWriter(nlohmann::json* flat) : flat_(flat) {}

  template <typename T>
  void operator()(const Setting& setting, const T& member) const {
    if (!setting.applies()) return;
    nlohmann::json value = ToJson(member);
    if (!value.is_null()) (*flat_)[setting.name()] = std::move(value);
  }

 private:
  template <typename T>
  static nlohmann::json ToJson(const T& value) {
    if constexpr (std::is_enum_v<T>) {
      return std::string(WordOf(value));
    } else {
      return value;
    }
  }
  template <typename T>
  static nlohmann::json ToJson(const std::optional<T>& value) {
    return value.has_value() ? nlohmann::json(*value) : nlohmann::json();
  }

  nlohmann::json* flat_;
};

// Takes the keys that it reads out of `flat`. A setting without a key stays as it is. `wrong` is set to the first
// fault.
class JsonReader {
 public:
  JsonReader(nlohmann::json* flat, std::string* wrong) : flat_(flat), wrong_(wrong) {}

  template <typename T>
  void operator()(const Setting& setting, T& member) const {
    const auto found = flat_->find(setting.name());
    if (found == flat_->end()) return;
    if (!setting.applies()) {
      Fault(setting, setting.WhyNot());
    } else if (!Read(*found, member)) {
      Fault(setting, "has the wrong type or is out of range");
    }
    flat_->erase(found);
  }

 private:
  void Fault(const Setting& setting, absl::string_view reason) const {
    if (wrong_->empty()) *wrong_ = absl::StrCat("spec: ", setting.name(), " ", reason);
  }

  // Each Read returns whether the JSON has the right type.
  template <typename T>
  static bool Read(const nlohmann::json& json, T& value) {
    if constexpr (std::is_enum_v<T>) {
      if (!json.is_string()) return false;
      const std::optional<T> named = FromWord<T>(json.get_ref<const std::string&>());
      return named.has_value() && (value = *named, true);
    } else if constexpr (std::is_same_v<T, bool>) {
      return json.is_boolean() && (value = json.get<T>(), true);
    } else if constexpr (std::is_same_v<T, uint64_t>) {
      return json.is_number_unsigned() && (value = json.get<T>(), true);
    } else if constexpr (std::is_integral_v<T>) {
      // Unsigned numbers beyond int64 come out negative, which no setting may be.
      const auto number = json.is_number_integer() ? json.get<int64_t>() : -1;
      return number >= 0 && number <= std::numeric_limits<T>::max() && (value = static_cast<T>(number), true);
    } else {
      return json.is_number() && (value = json.get<T>(), true);
    }
  }
  template <typename T>
  static bool Read(const nlohmann::json& json, std::vector<T>& values) {
    if (!json.is_array()) return false;
    values.clear();
    for (const nlohmann::json& element : json) {
      T value{};
      if (!Read(element, value)) return false;
      values.push_back(value);
    }
    return true;
  }
  template <typename T>
  static bool Read(const nlohmann::json& json, std::optional<T>& value) {
    T number{};
    if (!Read(json, number)) return false;
    value = number;
    return true;
  }

  nlohmann::json* flat_;
  std::string* wrong_;
};

// Equal settings give the same text.
template <typename Spec>
std::string SettingsToJson(const Spec& spec) {
  nlohmann::json flat = nlohmann::json::object();
  Spec::VisitSettings(spec, JsonWriter(&flat));
  return flat.dump();
}

// INVALID_ARGUMENT names an unknown key, a wrong type, a number that its type does not hold or a setting that does not
// apply.
template <typename Spec>
absl::StatusOr<Spec> SettingsFromJson(absl::string_view json) {
  nlohmann::json flat = nlohmann::json::parse(json, nullptr, /*allow_exceptions=*/false);
  if (flat.is_discarded() || !flat.is_object()) return absl::InvalidArgumentError("the spec is not a JSON object");
  Spec spec;
  std::string wrong;
  Spec::VisitSettings(spec, JsonReader(&flat, &wrong));
  if (wrong.empty() && !flat.empty()) wrong = absl::StrCat("spec: unknown key ", flat.begin().key());
  if (!wrong.empty()) return absl::InvalidArgumentError(wrong);
  return spec;
}

}  // namespace actionmatch

#endif  // ACTIONMATCH_CORE_SPEC_SETTINGS_JSON_H_
