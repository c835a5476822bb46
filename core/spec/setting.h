// Setting: one member of a spec, with its name and what is known about it. Each struct of a spec lists its settings
// once:
//
//   template <typename Self, typename Visit>
//   static void VisitSettings(Self& self, const Visit& visit) {
//     visit(Setting("training.steps").Between(1, 10000000), self.steps);
//   }
//
// JSON (settings_json.h), range checks (here), the API's messages (server/messages) and the documents
// (core/doc/settings.md) know the settings from this list alone. Self is the struct or the const struct; visit(setting,
// member) is called for one setting after the other, in their order.
//
// A member is a bool, a number, an enumeration with words (core/words.h), a std::vector of numbers, or a std::optional
// number. An optional number is not set if its default depends on the data.

#ifndef ACTIONMATCH_CORE_SPEC_SETTING_H_
#define ACTIONMATCH_CORE_SPEC_SETTING_H_

#include <cmath>
#include <limits>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "core/words.h"

namespace actionmatch {

struct Violation {
  std::string field;   // "training.steps"
  std::string reason;  // "must be at least 1, is 0"
};

// The numbers from low to high.
struct Range {
  enum class Ends { kBoth, kLow, kNone };  // which of the two ends belong to the range
  double low;
  double high;
  Ends ends = Ends::kBoth;

  // False for a number that is not one.
  bool Holds(double value) const {
    switch (ends) {
      case Ends::kBoth:
        return value >= low && value <= high;
      case Ends::kLow:
        return value >= low && value < high;
      case Ends::kNone:
        return value > low && value < high;
    }
    return false;
  }
};

class Setting {
 public:
  // full_name: the members' names from the whole spec on, as in the API: "dynamics.cost.power".
  explicit Setting(const char* full_name) : name_(full_name) {}

  // The number, or each number of a list, is ...
  Setting& Between(double low, double high) { return In({low, high}); }
  Setting& AtLeastAndBelow(double low, double high) { return In({low, high, Range::Ends::kLow}); }
  Setting& Positive() { return In({0, std::numeric_limits<double>::infinity(), Range::Ends::kNone}); }
  // The list holds `low` to `high` numbers.
  Setting& Count(int low, int high) {
    count_ = Range{static_cast<double>(low), static_cast<double>(high)};
    return *this;
  }
  // The setting counts only if another setting, visited before, has this value. Otherwise JSON and messages leave it
  // out, and a message or JSON that sets it is refused.
  template <typename E>
  Setting& OnlyWhere(const char* other, E value, E wanted) {
    applies_ = value == wanted;
    only_where_ = absl::StrCat(other, " is ", absl::AsciiStrToUpper(WordOf(wanted)));
    return *this;
  }

  const char* name() const { return name_; }
  const std::optional<Range>& range() const { return range_; }
  const std::optional<Range>& count() const { return count_; }
  bool applies() const { return applies_; }
  // The reason to refuse the setting if it does not apply.
  std::string WhyNot() const { return absl::StrCat("counts only where ", only_where_, "; set that, or leave it out"); }

 private:
  Setting& In(Range range) {
    range_ = range;
    return *this;
  }

  const char* name_;
  std::optional<Range> range_;
  std::optional<Range> count_;
  bool applies_ = true;
  std::string only_where_;
};

// The message about a number outside the range. T is the member's type; bounds are written as T.
template <typename T>
std::string OutOfRange(const Range& range, T value) {
  const auto low = static_cast<T>(range.low);
  switch (range.ends) {
    case Range::Ends::kBoth:
      return absl::StrCat("must be ", low, " to ", static_cast<T>(range.high), ", is ", value);
    case Range::Ends::kLow:
      return absl::StrCat("must be at least ", low, " and below ", static_cast<T>(range.high), ", is ", value);
    case Range::Ends::kNone:
      return absl::StrCat("must be positive and finite, is ", value);
  }
  return "";
}

// A visitor that adds a violation for each number outside its range.
class RangeChecker {
 public:
  explicit RangeChecker(std::vector<Violation>* violations) : violations_(violations) {}

  template <typename T>
  void operator()(const Setting& setting, const T& member) const {
    if (setting.applies()) Check(setting, member);
  }

 private:
  template <typename T>
  void Check(const Setting& setting, const T& value) const {
    if constexpr (std::is_arithmetic_v<T>) CheckNumber(setting.name(), setting.range(), value);
  }
  template <typename T>
  void Check(const Setting& setting, const std::optional<T>& value) const {
    if (value.has_value()) Check(setting, *value);
  }
  template <typename T>
  void Check(const Setting& setting, const std::vector<T>& values) const {
    CheckNumber(setting.name(), setting.count(), static_cast<int64_t>(values.size()));
    for (const T& value : values) Check(setting, value);
  }
  template <typename T>
  void CheckNumber(const char* name, const std::optional<Range>& range, T value) const {
    if (!range.has_value() || range->Holds(static_cast<double>(value))) return;
    violations_->push_back({name, OutOfRange(*range, value)});
  }

  std::vector<Violation>* violations_;
};

}  // namespace actionmatch

#endif  // ACTIONMATCH_CORE_SPEC_SETTING_H_
