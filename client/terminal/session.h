// What the CLI's commands are given and how they are described: one table of nouns and verbs (commands.h).

#ifndef ACTIONMATCH_CLIENT_TERMINAL_SESSION_H_
#define ACTIONMATCH_CLIENT_TERMINAL_SESSION_H_

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "client/client.h"

namespace actionmatch {

// The command line's values by parameter name ("NAME", "--time-key").
class Arguments {
 public:
  void Add(const std::string& parameter, std::vector<std::string> values) { values_[parameter] = std::move(values); }

  bool Has(const std::string& parameter) const { return values_.count(parameter) > 0; }
  std::string Get(const std::string& parameter) const;  // empty if it is not there
  const std::vector<std::string>& All(const std::string& parameter) const;
  // A misuse if the text is no number; not set if it is not there.
  absl::StatusOr<std::optional<double>> Number(const std::string& parameter) const;
  absl::StatusOr<std::optional<int64_t>> Integer(const std::string& parameter, int64_t least, int64_t most) const;
  // --seed, or 0.
  absl::StatusOr<uint64_t> Seed() const;
  // "1,2,3".
  absl::StatusOr<std::vector<double>> Numbers(const std::string& parameter) const;
  // "a,b,c", given once or more often; a misuse if one is empty or there twice; empty if it is not there.
  absl::StatusOr<std::vector<std::string>> Names(const std::string& parameter) const;

 private:
  std::map<std::string, std::vector<std::string>> values_;
};

// A server to talk to and the form of the answers.
struct Session {
  Client& client;
  bool json = false;
};

struct Parameter {
  const char* name;   // "NAME", or "--flag"
  const char* value;  // how help names a flag's value; empty for a switch and for positional parameters
  const char* help;
  bool required = false;
  bool many = false;  // may be given more than once
};

// One command: `actionmatch NOUN VERB`.
struct Verb {
  const char* verb;
  const char* summary;
  std::vector<Parameter> parameters;
  absl::Status (*run)(const Session& session, const Arguments& arguments);
  const char* details = "";  // more help, after the parameters
};

struct Noun {
  const char* noun;
  const char* summary;
  std::vector<Verb> verbs;
};

// An error in how the command was called: exit code 2 instead of 1.
absl::Status Misuse(absl::string_view message);
bool IsMisuse(const absl::Status& status);
// What Ctrl-C cut off: exit code 130.
absl::Status Interrupted(absl::string_view message);
bool IsInterrupted(const absl::Status& status);

// "eb" or "datasets/eb" as a resource name.
std::string ResourceName(absl::string_view collection, absl::string_view name);
// Its last part.
std::string ShortName(absl::string_view name);

}  // namespace actionmatch

#endif  // ACTIONMATCH_CLIENT_TERMINAL_SESSION_H_
