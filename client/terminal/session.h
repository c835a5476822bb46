// The types that describe the CLI's commands in one table of nouns and verbs (commands.h), and the session that each
// command gets.

#ifndef ACTIONMATCH_CLIENT_TERMINAL_SESSION_H_
#define ACTIONMATCH_CLIENT_TERMINAL_SESSION_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "client/client.h"
#include "client/terminal/arguments.h"

namespace actionmatch {

// Session: the server to talk to and the form of the answers.
struct Session {
  Client& client;
  bool json = false;
};

struct Parameter {
  const char* name;   // "NAME", or "--flag"
  const char* value;  // how help names a flag's value; empty for a switch and for positional parameters
  std::string help;
  bool required = false;
  bool many = false;  // may be given more than once
};

// One command: `actionmatch NOUN VERB`.
struct Verb {
  const char* verb;
  const char* summary;
  std::vector<Parameter> parameters;
  absl::Status (*run)(const Session& session, const Arguments& arguments);
  std::string details = "";  // more help, after the parameters
};

struct Noun {
  const char* noun;
  const char* summary;
  std::vector<Verb> verbs;
};

// "eb" or "datasets/eb" as a resource name.
std::string ResourceName(absl::string_view collection, absl::string_view name);
// The last part of a resource name.
std::string ShortName(absl::string_view name);

}  // namespace actionmatch

#endif  // ACTIONMATCH_CLIENT_TERMINAL_SESSION_H_
