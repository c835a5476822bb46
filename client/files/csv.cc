#include "client/files/csv.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "client/files/number_text.h"

namespace actionmatch {
namespace {

struct Cell {
  std::string text;
  bool quoted = false;  // if true, blanks belong to the text
};

// Takes the next record off the text, and adds its lines to `line`.
std::vector<std::string> TakeRecord(absl::string_view* text, int64_t* line) {
  std::vector<Cell> cells(1);
  bool quoted = false;
  while (!text->empty()) {
    const char c = text->front();
    text->remove_prefix(1);
    Cell& cell = cells.back();
    if (c == '\n') ++*line;
    if (quoted) {
      if (c != '"') {
        cell.text += c;
      } else if (!text->empty() && text->front() == '"') {
        cell.text += c;
        text->remove_prefix(1);
      } else {
        quoted = false;
      }
    } else if (c == '"') {
      if (absl::StripAsciiWhitespace(cell.text).empty()) cell.text.clear();
      quoted = cell.quoted = true;
    } else if (c == ',') {
      cells.emplace_back();
    } else if (c == '\n') {
      break;
    } else if (!cell.quoted || !absl::ascii_isspace(c)) {
      cell.text += c;
    }
  }
  std::vector<std::string> texts;
  texts.reserve(cells.size());
  for (const Cell& cell : cells) {
    texts.emplace_back(cell.quoted ? absl::string_view(cell.text) : absl::StripAsciiWhitespace(cell.text));
  }
  return texts;
}

bool IsNumber(const std::string& cell) {
  double value = 0;
  return absl::SimpleAtod(cell, &value);
}

// Reads the cells of one column, which is either of numbers or of text.
class ColumnReader {
 public:
  explicit ColumnReader(const std::string& name) : name_(name) {}

  absl::Status Read(const std::string& cell, int64_t line) {
    double value = 0;
    const bool number = absl::SimpleAtod(cell, &value);
    if (number && std::isfinite(value)) {
      values_.push_back(value);
    } else if (number || cell.empty() || !values_.empty()) {
      return NotNumber(cell, line);
    } else if (first_text_.empty()) {
      first_text_ = cell;
      text_line_ = line;
    }
    if (!values_.empty() && !first_text_.empty()) return NotNumber(first_text_, text_line_);
    return absl::OkStatus();
  }

  bool is_text() const { return !first_text_.empty(); }
  std::vector<double>& values() { return values_; }

 private:
  absl::Status NotNumber(const std::string& cell, int64_t line) const {
    return absl::InvalidArgumentError(absl::StrCat("line ", line, ", column ", name_, ": \"", cell,
                                                   "\" is not a finite number: remove or fill such rows"));
  }

  const std::string name_;
  std::vector<double> values_;
  std::string first_text_;
  int64_t text_line_ = 0;
};

}  // namespace

absl::StatusOr<CsvTable> ParseCsv(absl::string_view text) {
  absl::ConsumePrefix(&text, "\xef\xbb\xbf");
  if (absl::StartsWith(text, "\x1f\x8b")) {
    return absl::InvalidArgumentError("it is packed by gzip: unpack it first (gunzip)");
  }
  if (absl::StrContains(text, '\r') && !absl::StrContains(text, '\n')) {
    return absl::InvalidArgumentError("its lines end in CR alone: write them with LF (tr '\\r' '\\n')");
  }
  if (absl::StripAsciiWhitespace(text).empty()) {
    return absl::InvalidArgumentError("it is empty: a header line and rows are needed");
  }
  int64_t line = 1;
  const std::vector<std::string> names = TakeRecord(&text, &line);
  // A first line of numbers only is refused: a file without a header would lose its first row without a word.
  if (std::all_of(names.begin(), names.end(), IsNumber)) {
    return absl::InvalidArgumentError("line 1 holds numbers: a header line is needed, such as time,x,y");
  }
  std::set<std::string> seen;
  std::vector<ColumnReader> readers;
  for (const std::string& name : names) {
    if (name.empty()) {
      return absl::InvalidArgumentError(absl::StrCat("line 1: column ", readers.size() + 1,
                                                     " has no name: name it, or leave it out (in pandas, "
                                                     "to_csv(index=False))"));
    }
    if (!seen.insert(name).second) {
      return absl::InvalidArgumentError(absl::StrCat("line 1: two columns are named ", name));
    }
    readers.emplace_back(name);
  }
  bool any_row = false;
  while (!text.empty()) {
    const int64_t at = line;
    const std::vector<std::string> cells = TakeRecord(&text, &line);
    if (cells.size() == 1 && cells[0].empty()) continue;  // an empty line
    if (cells.size() != names.size()) {
      return absl::InvalidArgumentError(
          absl::StrCat("line ", at, " has ", cells.size(), " cells, but the header names ", names.size(), " columns"));
    }
    for (size_t i = 0; i < cells.size(); ++i) {
      if (absl::Status status = readers[i].Read(cells[i], at); !status.ok()) return status;
    }
    any_row = true;
  }
  if (!any_row) return absl::InvalidArgumentError("it has a header but no rows");
  CsvTable table;
  for (size_t i = 0; i < names.size(); ++i) {
    if (readers[i].is_text()) {
      table.text_names.push_back(names[i]);
    } else {
      table.names.push_back(names[i]);
      table.columns.push_back(std::move(readers[i].values()));
    }
  }
  if (table.names.empty()) {
    return absl::InvalidArgumentError("none of its columns holds numbers; cells are separated by commas");
  }
  return table;
}

std::vector<std::string> DistinctNames(std::vector<std::string> names, const std::vector<std::string>& reserved) {
  std::set<std::string> taken(reserved.begin(), reserved.end());
  taken.insert(names.begin(), names.end());
  std::set<std::string> seen(reserved.begin(), reserved.end());
  for (size_t i = 0; i < names.size(); ++i) {
    std::string& name = names[i];
    if (!name.empty() && seen.insert(name).second) continue;
    if (name.empty()) name = absl::StrCat("x", i + 1);
    while (!taken.insert(name).second) name += '_';
  }
  return names;
}

std::string CsvLine(const std::vector<std::string>& cells) {
  std::string line;
  for (const std::string& cell : cells) {
    if (&cell != &cells.front()) line += ',';
    const bool plain = cell.find_first_of(",\"\r\n") == std::string::npos && absl::StripAsciiWhitespace(cell) == cell;
    if (plain) {
      line += cell;
    } else {
      absl::StrAppend(&line, "\"", absl::StrReplaceAll(cell, {{"\"", "\"\""}}), "\"");
    }
  }
  return line + "\n";
}

std::string CsvText(const std::vector<NamedColumn>& columns) {
  std::vector<std::string> cells;
  cells.reserve(columns.size());
  for (const NamedColumn& column : columns) cells.push_back(column.name);
  std::string text = CsvLine(cells);
  for (size_t row = 0; row < columns.front().values.size(); ++row) {
    cells.clear();
    for (const NamedColumn& column : columns) cells.push_back(NumberToText(column.values[row]));
    text += CsvLine(cells);
  }
  return text;
}

}  // namespace actionmatch
