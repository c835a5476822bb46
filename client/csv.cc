#include "client/csv.h"

#include <charconv>
#include <cmath>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"

namespace actionmatch {
namespace {

// Takes the next record off the text, counting the lines it takes.
std::vector<std::string> TakeRecord(absl::string_view* text, int64_t* line) {
  std::vector<std::string> cells(1);
  bool quoted = false;
  while (!text->empty()) {
    const char c = text->front();
    text->remove_prefix(1);
    if (c == '\n') ++*line;
    if (quoted) {
      if (c != '"') {
        cells.back() += c;
      } else if (!text->empty() && text->front() == '"') {
        cells.back() += c;
        text->remove_prefix(1);
      } else {
        quoted = false;
      }
    } else if (c == '"') {
      quoted = true;
    } else if (c == ',') {
      cells.emplace_back();
    } else if (c == '\n') {
      break;
    } else {
      cells.back() += c;
    }
  }
  for (std::string& cell : cells) absl::StripAsciiWhitespace(&cell);
  return cells;
}

}  // namespace

absl::StatusOr<CsvTable> ParseCsv(absl::string_view text) {
  absl::ConsumePrefix(&text, "\xef\xbb\xbf");
  CsvTable table;
  int64_t line = 1;
  table.names = TakeRecord(&text, &line);
  std::set<std::string> seen;
  for (size_t i = 0; i < table.names.size(); ++i) {
    const std::string& name = table.names[i];
    if (name.empty()) return absl::InvalidArgumentError(absl::StrCat("line 1: column ", i + 1, " has no name"));
    if (!seen.insert(name).second)
      return absl::InvalidArgumentError(absl::StrCat("line 1: two columns are named ", name));
  }
  table.columns.resize(table.names.size());
  while (!text.empty()) {
    const int64_t at = line;
    const std::vector<std::string> cells = TakeRecord(&text, &line);
    if (cells.size() == 1 && cells[0].empty()) continue;  // an empty line
    if (cells.size() != table.names.size()) {
      return absl::InvalidArgumentError(absl::StrCat("line ", at, " has ", cells.size(),
                                                     " cells, but the header names ", table.names.size(), " columns"));
    }
    for (size_t i = 0; i < cells.size(); ++i) {
      double value = 0;
      if (!absl::SimpleAtod(cells[i], &value) || !std::isfinite(value)) {
        return absl::InvalidArgumentError(
            absl::StrCat("line ", at, ", column ", table.names[i], ": \"", cells[i], "\" is not a finite number"));
      }
      table.columns[i].push_back(value);
    }
  }
  if (table.rows() == 0) return absl::InvalidArgumentError("it has a header but no rows");
  return table;
}

std::string NumberToText(double value) {
  char buffer[32];
  const std::to_chars_result end = std::to_chars(buffer, buffer + sizeof(buffer), value);
  return std::string(buffer, end.ptr);
}

std::string CsvLine(const std::vector<std::string>& cells) {
  std::string line;
  for (const std::string& cell : cells) {
    if (!line.empty() || &cell != &cells.front()) line += ',';
    if (absl::StrContains(cell, ',') || absl::StrContains(cell, '"')) {
      absl::StrAppend(&line, "\"", absl::StrReplaceAll(cell, {{"\"", "\"\""}}), "\"");
    } else {
      line += cell;
    }
  }
  return line + "\n";
}

}  // namespace actionmatch
