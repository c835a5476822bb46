#include "server/process/options.h"

#include <sched.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <fstream>
#include <functional>
#include <iostream>
#include <numeric>
#include <optional>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"

namespace actionmatch {
namespace {

enum Role : unsigned { kServeRole = 1, kWorkRole = 2 };

// One setting: a flag, an environment variable and a line of help. `set` returns what is allowed if the text is not
// allowed.
struct Setting {
  unsigned roles;
  const char* flag;
  const char* variable;
  const char* value;  // how help names the value; empty for a switch
  const char* help;
  std::function<std::optional<std::string>(const std::string&, Command&)> set;
};

using Answer = std::optional<std::string>;

template <typename Store>
auto Integer(int64_t least, int64_t most, Store store) {
  return [=](const std::string& text, Command& command) -> Answer {
    int64_t value = 0;
    if (!absl::SimpleAtoi(text, &value) || value < least || value > most) {
      return absl::StrCat("must be a whole number from ", least, " to ", most);
    }
    store(command, value);
    return std::nullopt;
  };
}

template <typename Store>
auto Seconds(double least, double most, Store store) {
  return [=](const std::string& text, Command& command) -> Answer {
    double value = 0;
    if (!absl::SimpleAtod(text, &value) || !(value >= least && value <= most)) {
      return absl::StrCat("must be a number of seconds from ", least, " to ", most);
    }
    store(command, absl::Seconds(value));
    return std::nullopt;
  };
}

template <typename Store>
auto Address(Store store) {
  return [=](const std::string& text, Command& command) -> Answer {
    const size_t colon = text.rfind(':');
    int port = -1;
    if (colon == std::string::npos || colon == 0 || !absl::SimpleAtoi(text.substr(colon + 1), &port) || port < 0 ||
        port > 65535) {
      return "must be HOST:PORT with a port from 0 to 65535 (0: any free one), as in 127.0.0.1:7447 or [::1]:7447";
    }
    store(command, text);
    return std::nullopt;
  };
}

Answer SetLogLevel(const std::string& text, Command& command) {
  for (const char* level : {"debug", "info", "warning", "error"}) {
    if (text == level) {
      command.serve.log_level = command.work.log_level = text;
      return std::nullopt;
    }
  }
  return "must be one of debug, info, warning, error";
}

Answer SetDataDir(const std::string& text, Command& command) {
  if (text.empty()) return "must name a folder";
  command.serve.data_dir = command.work.data_dir = text;
  return std::nullopt;
}

constexpr std::pair<const char*, TrainingSpec::Device> kDevices[] = {
    {"auto", TrainingSpec::Device::kAuto}, {"cpu", TrainingSpec::Device::kCpu}, {"cuda", TrainingSpec::Device::kCuda}};

Answer SetDevice(const std::string& text, Command& command) {
  for (const auto& [name, device] : kDevices) {
    if (text == name) {
      command.serve.device = command.work.device = device;
      return std::nullopt;
    }
  }
  return "must be one of auto, cpu, cuda";
}

const std::vector<Setting>& Settings() {
  static const auto* settings = new std::vector<Setting>{
      {kServeRole | kWorkRole, "--data-dir", "ACTIONMATCH_DATA_DIR", "DIR",
       "folder of the database and the numbers; made if it is missing (required)", SetDataDir},
      {kServeRole, "--listen", "ACTIONMATCH_LISTEN", "HOST:PORT",
       "where calls are answered; port 0 takes any free one [127.0.0.1:7447]",
       Address([](Command& c, const std::string& value) { c.serve.listen = value; })},
      {kServeRole, "--metrics-listen", "ACTIONMATCH_METRICS_LISTEN", "HOST:PORT",
       "where /metrics, /healthz and /readyz are answered over HTTP [127.0.0.1:7448]",
       Address([](Command& c, const std::string& value) { c.serve.metrics_listen = value; })},
      {kServeRole, "--workers", "ACTIONMATCH_WORKERS", "N",
       "local worker processes to start and supervise, 0 to 64; 0: workers run elsewhere [1]",
       Integer(0, 64, [](Command& c, int64_t value) { c.serve.workers = static_cast<int>(value); })},
      {kServeRole, "--threads", "ACTIONMATCH_THREADS", "N",
       "threads that evaluate, sample and score, 1 to 1024 [what the process may use]",
       Integer(1, 1024, [](Command& c, int64_t value) { c.serve.threads = static_cast<int>(value); })},
      {kServeRole | kWorkRole, "--training-threads", "ACTIONMATCH_TRAINING_THREADS", "N",
       "threads of one training job, 1 to 1024 [what the process may "
       "use]",
       Integer(1, 1024, [](Command& c, int64_t value) { c.work.threads = static_cast<int>(value); })},
      {kServeRole | kWorkRole, "--lease-time", "ACTIONMATCH_LEASE_TIME", "SECONDS",
       "a job whose worker is silent this long is given to another, 1 to 3600 [15]",
       Seconds(1, 3600, [](Command& c, absl::Duration value) { c.work.lease_time = value; })},
      {kServeRole | kWorkRole, "--in-memory-bytes", "ACTIONMATCH_IN_MEMORY_BYTES", "N",
       "datasets whose points take more, as stored, stay in their files while a job trains; fields depend on which "
       "side "
       "of it a dataset is [268435456]",
       Integer(0, int64_t{1} << 50, [](Command& c, int64_t value) { c.work.in_memory_bytes = value; })},
      {kServeRole | kWorkRole, "--device", "ACTIONMATCH_DEVICE", "DEVICE",
       "where jobs train that leave it open, and where `serve` samples trajectories: cpu, cuda, or auto: cuda where "
       "this build and this machine have it [auto]",
       SetDevice},
      {kServeRole, "--max-message-bytes", "ACTIONMATCH_MAX_MESSAGE_BYTES", "N",
       "largest request message, 65536 to 1073741824 [16777216]",
       Integer(65536, int64_t{1} << 30, [](Command& c, int64_t value) { c.serve.max_message_bytes = value; })},
      {kServeRole, "--max-calls", "ACTIONMATCH_MAX_CALLS", "N",
       "calls and streams under way at once, 1 to 100000; more are RESOURCE_EXHAUSTED [256]",
       Integer(1, 100000, [](Command& c, int64_t value) { c.serve.max_calls = value; })},
      {kServeRole, "--max-import-bytes", "ACTIONMATCH_MAX_IMPORT_BYTES", "N",
       "bytes that all imports of fields together may hold, 65536 to 1099511627776 [268435456]",
       Integer(65536, int64_t{1} << 40, [](Command& c, int64_t value) { c.serve.max_import_bytes = value; })},
      {kServeRole, "--drain-time", "ACTIONMATCH_DRAIN_TIME", "SECONDS",
       "how long SIGTERM waits for calls under way, 0 to 3600 [20]",
       Seconds(0, 3600, [](Command& c, absl::Duration value) { c.serve.drain_time = value; })},
      {kServeRole | kWorkRole, "--log-level", "ACTIONMATCH_LOG_LEVEL", "LEVEL", "debug, info, warning or error [info]",
       SetLogLevel},
      {kWorkRole, "--worker-id", "ACTIONMATCH_WORKER_ID", "NAME",
       "name under which leases are held; no two workers may share one [HOST-PROCESS]",
       [](const std::string& text, Command& c) -> Answer {
         if (text.empty() || text.size() > 255) return "must have 1 to 255 characters";
         c.work.worker_id = text;
         return std::nullopt;
       }},
      {kWorkRole, "--supervised", "", "", "stop when standard input ends: `serve` starts its workers so",
       [](const std::string&, Command& c) -> Answer {
         c.work.supervised = true;
         return std::nullopt;
       }},
  };
  return *settings;
}

void AddSettings(CLI::App& app, Role role, Command& command) {
  for (const Setting& setting : Settings()) {
    if ((setting.roles & role) == 0) continue;
    if (*setting.value == '\0') {
      app.add_flag_callback(
          setting.flag, [&] { setting.set("", command); }, setting.help);
      continue;
    }
    const CLI::callback_t set = [&setting, &command](const CLI::results_t& values) {
      if (Answer allowed = setting.set(values.back(), command)) {
        throw CLI::ValidationError(setting.flag, absl::StrCat(*allowed, ", is \"", values.back(), "\""));
      }
      return true;
    };
    CLI::Option* option =
        app.add_option(setting.flag, set, setting.help)->type_name(setting.value)->envname(setting.variable);
    if (std::string(setting.flag) == "--data-dir") option->required();
  }
}

// The number of letters to insert, delete or replace to get from one word to the other.
size_t EditDistance(absl::string_view from, absl::string_view to) {
  std::vector<size_t> row(to.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 0; i < from.size(); ++i) {
    size_t diagonal = row[0]++;
    for (size_t j = 0; j < to.size(); ++j) {
      const size_t replaced = diagonal + (from[i] == to[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, diagonal + 1, row[j] + 1});
    }
  }
  return row.back();
}

// The error of arguments that the role does not know: it names all flags, and the one nearest to an unknown flag.
std::string NotKnown(Role role, const std::string& name, int argc, const char* const* argv) {
  std::vector<std::string> flags = {"--help"};
  for (const Setting& setting : Settings()) {
    if ((setting.roles & role) != 0) flags.push_back(setting.flag);
  }
  for (int i = 1; i < argc; ++i) {
    const std::string flag = std::string(argv[i]).substr(0, std::string(argv[i]).find('='));
    if (flag.rfind('-', 0) != 0 || std::find(flags.begin(), flags.end(), flag) != flags.end()) continue;
    const auto nearest = std::min_element(flags.begin(), flags.end(), [&](const auto& a, const auto& b) {
      return EditDistance(flag, a) < EditDistance(flag, b);
    });
    return absl::StrCat(flag, " is not a flag of `actionmatchd ", name, "`; the nearest is ", *nearest,
                        ", and there are ", absl::StrJoin(flags, ", "));
  }
  return absl::StrCat("`actionmatchd ", name, "` takes flags only: ", absl::StrJoin(flags, ", "));
}

// The number of processors that the cgroup allows, or a large number if there is no limit.
double CgroupProcessors() {
  std::ifstream file("/sys/fs/cgroup/cpu.max");
  std::string quota;
  double period = 0;
  double allowed = 0;
  if (file >> quota >> period && absl::SimpleAtod(quota, &allowed) && period > 0) return allowed / period;
  return 1e9;
}

}  // namespace

const char* DeviceName(TrainingSpec::Device device) {
  for (const auto& [name, known] : kDevices) {
    if (known == device) return name;
  }
  return "";
}

int UsableThreads() {
  cpu_set_t set;
  CPU_ZERO(&set);
  const int affinity = sched_getaffinity(0, sizeof(set), &set) == 0 ? CPU_COUNT(&set) : 1;
  return std::max(1, static_cast<int>(std::min<double>(affinity, std::ceil(CgroupProcessors()))));
}

Command ParseCommandLine(int argc, const char* const* argv) {
  Command command;
  CLI::App app("actionmatchd: holds snapshots of populations, learns vector fields from them, and serves both.");
  app.set_version_flag("--version", std::string("actionmatchd ") + ACTIONMATCH_VERSION);
  app.require_subcommand(1);
  CLI::App* serve = app.add_subcommand("serve", "Answer calls; by default with one local worker that trains.");
  CLI::App* work = app.add_subcommand("work", "Train: claim jobs of a data folder, one at a time, until told to stop.");
  AddSettings(*serve, kServeRole, command);
  AddSettings(*work, kWorkRole, command);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ExtrasError&) {
    std::cerr << NotKnown(serve->parsed() ? kServeRole : kWorkRole, serve->parsed() ? "serve" : "work", argc, argv)
              << "\n";
    command.exit_code = 2;
    return command;
  } catch (const CLI::ParseError& error) {
    command.exit_code = app.exit(error) == 0 ? 0 : 2;
    return command;
  }
  command.kind = serve->parsed() ? Command::Kind::kServe : Command::Kind::kWork;
  const int usable = UsableThreads();
  if (command.serve.threads == 0) command.serve.threads = usable;
  if (command.work.threads == 0) command.work.threads = usable;
  command.serve.work = command.work;
  return command;
}

}  // namespace actionmatch
