#include "client/terminal/output.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <iostream>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/time.h"
#include "google/protobuf/util/json_util.h"

namespace actionmatch {
namespace {

constexpr int kBarWidth = 30;

bool IsNumber(const std::string& text) {
  double value = 0;
  return absl::SimpleAtod(text, &value) || text == "-";
}

// The width of standard error, in characters; huge if it is no terminal. A wider line cannot be drawn over.
size_t TerminalWidth() {
  winsize size = {};
  const bool known = ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return known ? size.ws_col : std::string::npos;
}

std::string JsonText(const google::protobuf::Message& message, bool indented) {
  google::protobuf::util::JsonPrintOptions options;
  options.always_print_primitive_fields = true;
  options.add_whitespace = indented;
  std::string text;
  const auto status = google::protobuf::util::MessageToJsonString(message, &text, options);
  if (!status.ok()) Say(std::string(status.message()));
  return text;
}

}  // namespace

void PrintJson(const google::protobuf::Message& message) { std::cout << JsonText(message, false) << std::endl; }

void PrintJsonIndented(const google::protobuf::Message& message) { std::cout << JsonText(message, true) << std::flush; }

void PrintFacts(const Facts& facts) {
  size_t width = 0;
  for (const auto& [name, value] : facts) width = std::max(width, value.empty() ? 0 : name.size());
  for (const auto& [name, value] : facts) {
    if (!value.empty()) std::cout << name << std::string(width - name.size() + 2, ' ') << value << '\n';
  }
}

void PrintTable(const TextTable& table) {
  std::vector<size_t> widths;
  for (const auto& row : table) {
    widths.resize(std::max(widths.size(), row.size()), 0);
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  // A column of numbers and its header stand to the right.
  std::vector<bool> right(widths.size(), true);
  for (size_t r = 1; r < table.size(); ++r) {
    for (size_t i = 0; i < table[r].size(); ++i) right[i] = right[i] && (IsNumber(table[r][i]) || table[r][i].empty());
  }
  for (const auto& row : table) {
    std::string line;
    for (size_t i = 0; i < row.size(); ++i) {
      const std::string space(widths[i] - row[i].size(), ' ');
      absl::StrAppend(&line, i > 0 ? "  " : "", right[i] ? space : "", row[i], right[i] ? "" : space);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    std::cout << line << '\n';
  }
  std::cout.flush();
}

void Say(absl::string_view line) { std::cerr << line << std::endl; }

std::string TimeText(const google::protobuf::Timestamp& time) {
  if (time.seconds() == 0) return "-";
  return absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", absl::FromUnixSeconds(time.seconds()), absl::UTCTimeZone());
}

ProgressBar::ProgressBar(std::string title) : title_(std::move(title)), terminal_(isatty(STDERR_FILENO) == 1) {}

ProgressBar::~ProgressBar() {
  if (drawn_) std::cerr << std::endl;
}

void ProgressBar::Update(double fraction, absl::string_view note) {
  fraction = std::clamp(fraction, 0.0, 1.0);
  if (terminal_) {
    const int full = static_cast<int>(fraction * kBarWidth);
    const std::string line = absl::StrCat(title_, " [", std::string(full, '#'), std::string(kBarWidth - full, ' '),
                                          "] ", absl::StrFormat("%3.0f%% ", 100 * fraction), note);
    std::cerr << "\r\033[K" << line.substr(0, TerminalWidth() - 1) << std::flush;
    drawn_ = true;
  } else if (static_cast<int>(fraction * 10) > tenth_) {
    tenth_ = static_cast<int>(fraction * 10);
    Say(absl::StrCat(title_, absl::StrFormat(" %3.0f%% ", 100 * fraction), note));
  }
}

}  // namespace actionmatch
