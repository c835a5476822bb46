#include "server/process/log.h"

#include <memory>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "spdlog/sinks/stdout_sinks.h"
#include "spdlog/spdlog.h"

namespace actionmatch {
namespace {

std::shared_ptr<spdlog::logger> MakeLogger(absl::string_view role, absl::string_view level) {
  auto logger = std::make_shared<spdlog::logger>("actionmatch", std::make_shared<spdlog::sinks::stderr_sink_mt>());
  std::string pattern = "time=%Y-%m-%dT%H:%M:%S.%eZ level=%l ";
  if (!role.empty()) absl::StrAppend(&pattern, "role=", role, " ");
  logger->set_pattern(pattern + "%v", spdlog::pattern_time_type::utc);
  const spdlog::level::level_enum known = spdlog::level::from_str(std::string(level));
  logger->set_level(known == spdlog::level::off ? spdlog::level::info : known);
  return logger;
}

std::shared_ptr<spdlog::logger>& Logger() {
  static auto* logger = new std::shared_ptr<spdlog::logger>(MakeLogger("", "info"));
  return *logger;
}

bool IsPlain(absl::string_view value) {
  if (value.empty()) return false;
  for (const char c : value) {
    if (c <= ' ' || c == '"' || c == '=' || c == '\\' || c == 0x7f) return false;
  }
  return true;
}

void Log(spdlog::level::level_enum level, absl::string_view event, std::initializer_list<LogField> fields) {
  if (!Logger()->should_log(level)) return;
  Logger()->log(level, FormatLogLine(event, fields));
}

}  // namespace

void SetUpLog(absl::string_view role, absl::string_view level) { Logger() = MakeLogger(role, level); }

std::string FormatLogLine(absl::string_view event, std::initializer_list<LogField> fields) {
  std::string line = absl::StrCat("event=", event);
  for (const LogField& field : fields) {
    absl::StrAppend(&line, " ", field.key, "=");
    if (IsPlain(field.value)) {
      line += field.value;
    } else {
      absl::StrAppend(&line, "\"", absl::Utf8SafeCEscape(field.value), "\"");
    }
  }
  return line;
}

void LogDebug(absl::string_view event, std::initializer_list<LogField> fields) {
  Log(spdlog::level::debug, event, fields);
}
void LogInfo(absl::string_view event, std::initializer_list<LogField> fields) {
  Log(spdlog::level::info, event, fields);
}
void LogWarning(absl::string_view event, std::initializer_list<LogField> fields) {
  Log(spdlog::level::warn, event, fields);
}
void LogError(absl::string_view event, std::initializer_list<LogField> fields) {
  Log(spdlog::level::err, event, fields);
}

}  // namespace actionmatch
