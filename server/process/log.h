// Logs: one line for each event on standard error, as key=value pairs:
//   time=2026-01-31T12:00:00.123Z level=info role=serve event=call method=JobService/GetJob code=OK seconds=0.0012
// Values with spaces, quotes or control characters are quoted and escaped, so that a line stays a line.

#ifndef ACTIONMATCH_SERVER_PROCESS_LOG_H_
#define ACTIONMATCH_SERVER_PROCESS_LOG_H_

#include <initializer_list>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace actionmatch {

// One key=value of a line. The value is text, a number or anything else that StrCat takes.
struct LogField {
  template <typename T>
  LogField(absl::string_view key, const T& value) : key(key), value(absl::StrCat(value)) {}

  absl::string_view key;
  std::string value;
};

// Call once, early in main, before other threads. role: "serve" or "work". level: "debug", "info", "warning" or
// "error"; anything else is "info". Without this call lines have no role and the level is "info".
void SetUpLog(absl::string_view role, absl::string_view level);

// Thread-safe. `event` is a word or words joined by '_'; so is a key.
void LogDebug(absl::string_view event, std::initializer_list<LogField> fields = {});
void LogInfo(absl::string_view event, std::initializer_list<LogField> fields = {});
void LogWarning(absl::string_view event, std::initializer_list<LogField> fields = {});
void LogError(absl::string_view event, std::initializer_list<LogField> fields = {});

// The line that the functions above write, without time, level and role. For tests.
std::string FormatLogLine(absl::string_view event, std::initializer_list<LogField> fields);

}  // namespace actionmatch

#endif  // ACTIONMATCH_SERVER_PROCESS_LOG_H_
