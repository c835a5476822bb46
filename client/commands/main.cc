// actionmatch: the command line client. The only file that knows the parser of flags.

#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <exception>
#include <iostream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/client.h"
#include "client/commands/commands.h"
#include "client/status_details.h"
#include "client/terminal/error_text.h"
#include "client/terminal/exit_code.h"
#include "client/terminal/output.h"
#include "client/terminal/session.h"

namespace actionmatch {
namespace {

constexpr int kFailed = 1;
constexpr int kMisused = 2;

// The texts that the parser fills in for one parameter.
struct ParsedValue {
  const Parameter* parameter = nullptr;
  std::string one;                // for a parameter that is given once
  std::vector<std::string> many;  // for a parameter that may be repeated
};

struct ParsedVerb {
  const Verb* verb = nullptr;
  CLI::App* app = nullptr;
  std::deque<ParsedValue> values;  // a deque, whose elements keep their addresses
};

void AddParameter(const Parameter& parameter, ParsedVerb* parsed) {
  const bool positional = parameter.name[0] != '-';
  if (!positional && *parameter.value == '\0') {
    parsed->app->add_flag(parameter.name, parameter.help);
    parsed->values.push_back({&parameter, "", {}});
    return;
  }
  ParsedValue& value = parsed->values.emplace_back();
  value.parameter = &parameter;
  CLI::Option* option = parameter.many ? parsed->app->add_option(parameter.name, value.many, parameter.help)
                                       : parsed->app->add_option(parameter.name, value.one, parameter.help);
  option->required(parameter.required)->type_name(positional ? "" : parameter.value);
  // A flag takes one value each time, so that the next argument is not taken for another value.
  if (parameter.many && !positional) option->allow_extra_args(false);
}

void AddVerb(const Verb& verb, CLI::App* noun, std::deque<ParsedVerb>* parsed) {
  ParsedVerb& entry = parsed->emplace_back();
  entry.verb = &verb;
  entry.app = noun->add_subcommand(verb.verb, verb.summary);
  if (!verb.details.empty()) entry.app->footer(verb.details);
  for (const Parameter& parameter : verb.parameters) AddParameter(parameter, &entry);
}

Arguments ArgumentsOf(const ParsedVerb& parsed) {
  Arguments arguments;
  for (const ParsedValue& value : parsed.values) {
    if (parsed.app->count(value.parameter->name) == 0) continue;
    arguments.Add(value.parameter->name, value.parameter->many ? value.many : std::vector<std::string>{value.one});
  }
  return arguments;
}

int Report(const absl::Status& status, const std::string& server) {
  if (status.ok()) return 0;
  std::string text = absl::StrCat("actionmatch: ", ErrorText(status));
  if (!IsMisuse(status) && !IsInterrupted(status))
    absl::StrAppend(&text, " [", absl::StatusCodeToString(status.code()), "]");
  if (absl::IsUnavailable(status) && DetailsOf(status).reason.empty()) {  // the error is not from a server
    absl::StrAppend(&text, "\nIs actionmatchd running at ", server, "? (--server HOST:PORT or ACTIONMATCH_SERVER)");
    for (const char* proxy : {"grpc_proxy", "https_proxy", "http_proxy"}) {
      if (std::getenv(proxy) != nullptr) absl::StrAppend(&text, "\n", proxy, " is set: no_proxy may name the host");
    }
  }
  Say(text);
  return ExitCode(status);
}

// The error of a command line without a noun and one of its verbs: it lists those there are. Empty if there are both.
std::string WrongCommand(const CLI::App& app) {
  const std::vector<CLI::App*> parsed = app.get_subcommands();
  if (!parsed.empty() && !parsed[0]->get_subcommands().empty()) return "";
  const CLI::App& at = parsed.empty() ? app : *parsed[0];
  const std::string kind = parsed.empty() ? "noun" : "verb";
  std::vector<std::string> known;
  for (const CLI::App* sub : at.get_subcommands([](const CLI::App*) { return true; })) known.push_back(sub->get_name());
  std::string text = absl::StrCat("no ", kind, " is given");
  for (const std::string& word : app.remaining(true)) {
    if (word[0] == '-') continue;
    text = absl::StrCat("there is no ", kind, " \"", word, "\"");
    break;
  }
  return absl::StrCat(text, "; the ", kind, "s ", parsed.empty() ? "" : absl::StrCat("of ", at.get_name(), " "), "are ",
                      absl::StrJoin(known, ", "), " (see actionmatch ",
                      parsed.empty() ? "" : absl::StrCat(at.get_name(), " "), "--help)");
}

int Run(int argc, char** argv) {
  CLI::App app("actionmatch: learn how a population moves from snapshots of it. Talks to actionmatchd.");
  app.set_version_flag("--version", std::string("actionmatch ") + ACTIONMATCH_VERSION);
  std::string server = "127.0.0.1:7447";
  bool json = false;
  app.add_option("--server", server, "where actionmatchd answers [127.0.0.1:7447]")
      ->type_name("HOST:PORT")
      ->envname("ACTIONMATCH_SERVER");
  app.add_flag("--json", json, "answer in the API's JSON form, one object a line");
  app.require_subcommand(1);
  app.fallthrough();
  app.footer("Exit codes: 0 done, 1 failed, 2 misuse, 130 interrupted by Ctrl-C (a job that was waited for goes on).");
  std::deque<ParsedVerb> parsed;
  for (const Noun* noun : {&DatasetCommands(), &JobCommands(), &FieldCommands(), &TrajectoryCommands()}) {
    CLI::App* sub = app.add_subcommand(noun->noun, noun->summary);
    sub->require_subcommand(1);
    sub->fallthrough();
    for (const Verb& verb : noun->verbs) AddVerb(verb, sub, &parsed);
  }
  for (ParsedVerb& verb : parsed) verb.app->fallthrough();
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& asked) {  // the command line asked for help or the version
    return app.exit(asked);
  } catch (const CLI::ParseError& error) {
    const std::string wrong = WrongCommand(app);
    if (wrong.empty()) {
      app.exit(error);
    } else {
      Say(absl::StrCat("actionmatch: ", wrong));
    }
    return kMisused;
  }
  if (server.empty()) {
    Say("actionmatch: --server must be HOST:PORT, is empty");
    return kMisused;
  }
  Client client(server);
  for (const ParsedVerb& verb : parsed) {
    if (verb.app->parsed()) return Report(verb.verb->run({client, json}, ArgumentsOf(verb)), server);
  }
  return kMisused;
}

// Whether all printed text was written: a full disk shows only here.
bool FlushOutput() {
  errno = 0;
  std::cout.flush();
  if (std::cout.good()) return true;
  Say(absl::StrCat("actionmatch: cannot write to standard output", (errno == 0 ? "" : ": "),
                   (errno == 0 ? "" : std::strerror(errno))));
  return false;
}

}  // namespace
}  // namespace actionmatch

int main(int argc, char** argv) {
  // Off: gRPC would log the errors that we report too.
  setenv("GRPC_VERBOSITY", "NONE", 0);
  try {
    const int code = actionmatch::Run(argc, argv);
    return actionmatch::FlushOutput() ? code : actionmatch::kFailed;
  } catch (const std::exception& error) {  // such as no memory for a file
    actionmatch::Say(absl::StrCat("actionmatch: ", error.what()));
    return actionmatch::kFailed;
  }
}
