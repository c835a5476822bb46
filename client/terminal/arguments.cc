#include "client/terminal/arguments.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "client/terminal/exit_code.h"

namespace actionmatch {
namespace {

absl::Status NotNumber(const std::string& parameter, absl::string_view text, absl::string_view what) {
  return Misuse(absl::StrCat(parameter, ": \"", text, "\" is not ", what));
}

}  // namespace

const std::vector<std::string>& Arguments::All(const std::string& parameter) const {
  static const auto* none = new std::vector<std::string>();
  const auto it = values_.find(parameter);
  return it == values_.end() ? *none : it->second;
}

std::string Arguments::Get(const std::string& parameter) const {
  const std::vector<std::string>& all = All(parameter);
  return all.empty() ? "" : all.back();
}

absl::StatusOr<std::optional<double>> Arguments::Number(const std::string& parameter) const {
  if (!Has(parameter)) return std::nullopt;
  double value = 0;
  if (!absl::SimpleAtod(Get(parameter), &value) || !std::isfinite(value)) {
    return NotNumber(parameter, Get(parameter), "a finite number");
  }
  return value;
}

absl::StatusOr<std::optional<int64_t>> Arguments::Integer(const std::string& parameter, int64_t least,
                                                          int64_t most) const {
  if (!Has(parameter)) return std::nullopt;
  int64_t value = 0;
  if (!absl::SimpleAtoi(Get(parameter), &value) || value < least || value > most) {
    return NotNumber(parameter, Get(parameter), absl::StrCat("a whole number from ", least, " to ", most));
  }
  return value;
}

absl::StatusOr<uint64_t> Arguments::Seed() const {
  uint64_t seed = 0;
  if (Has("--seed") && !absl::SimpleAtoi(Get("--seed"), &seed)) {
    return NotNumber("--seed", Get("--seed"), "a whole number of at least 0");
  }
  return seed;
}

absl::StatusOr<std::vector<double>> Arguments::Numbers(const std::string& parameter) const {
  std::vector<double> numbers;
  for (const absl::string_view part : absl::StrSplit(Get(parameter), ',')) {
    double value = 0;
    if (!absl::SimpleAtod(part, &value) || !std::isfinite(value)) {
      return NotNumber(parameter, part, "a finite number; write them as in 1,2,3");
    }
    numbers.push_back(value);
  }
  return numbers;
}

absl::StatusOr<std::vector<std::string>> Arguments::Names(const std::string& parameter) const {
  std::vector<std::string> names;
  for (const std::string& value : All(parameter)) {
    for (const absl::string_view name : absl::StrSplit(value, ',')) {
      if (name.empty())
        return Misuse(absl::StrCat(parameter, ": \"", value, "\" has an empty name; write it as in a,b,c"));
      if (std::find(names.begin(), names.end(), name) != names.end()) {
        return Misuse(absl::StrCat(parameter, ": ", name, " is named twice"));
      }
      names.emplace_back(name);
    }
  }
  return names;
}

}  // namespace actionmatch
