// Arguments: the values that a command line gives to one command.

#ifndef ACTIONMATCH_CLIENT_TERMINAL_ARGUMENTS_H_
#define ACTIONMATCH_CLIENT_TERMINAL_ARGUMENTS_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace actionmatch {

// The command line's values by parameter name ("NAME", "--time-key").
class Arguments {
 public:
  void Add(const std::string& parameter, std::vector<std::string> values) { values_[parameter] = std::move(values); }

  bool Has(const std::string& parameter) const { return values_.count(parameter) > 0; }
  std::string Get(const std::string& parameter) const;  // empty if it was not given
  const std::vector<std::string>& All(const std::string& parameter) const;
  // A misuse if the text is no number; nullopt if the parameter was not given.
  absl::StatusOr<std::optional<double>> Number(const std::string& parameter) const;
  absl::StatusOr<std::optional<int64_t>> Integer(const std::string& parameter, int64_t least, int64_t most) const;
  // --seed, or 0.
  absl::StatusOr<uint64_t> Seed() const;
  // "1,2,3".
  absl::StatusOr<std::vector<double>> Numbers(const std::string& parameter) const;
  // "a,b,c", given once or more often. A misuse if a name is empty or there twice; no names if the parameter was not
  // given.
  absl::StatusOr<std::vector<std::string>> Names(const std::string& parameter) const;

 private:
  std::map<std::string, std::vector<std::string>> values_;
};

}  // namespace actionmatch

#endif  // ACTIONMATCH_CLIENT_TERMINAL_ARGUMENTS_H_
