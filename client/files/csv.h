// Tables of numbers in CSV files: a header line, then rows.

#ifndef ACTIONMATCH_CLIENT_FILES_CSV_H_
#define ACTIONMATCH_CLIENT_FILES_CSV_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "client/files/point_table.h"

namespace actionmatch {

struct CsvTable {
  std::vector<std::string> names;
  std::vector<std::vector<double>> columns;  // one for each name, all of the same length
  std::vector<std::string> text_names;       // columns of text, such as a cell's barcode, which are not kept

  int64_t rows() const { return columns.empty() ? 0 : static_cast<int64_t>(columns[0].size()); }
};

// Numbers are read the same in every locale. Quotes, a byte order mark and CRLF are understood. Blanks around a cell
// belong to it only within quotes. INVALID_ARGUMENT names the line and the column of a cell that is no finite number,
// unless all cells of its column are text; of a row that is too short or too long; of a name that is empty or there
// twice; of a first line that is numbers instead of a header.
absl::StatusOr<CsvTable> ParseCsv(absl::string_view text);

// The names, with "x1", "x2", ... (by place) for empty ones, and with a "_" behind each name that is `reserved` for
// other columns or was there before.
std::vector<std::string> DistinctNames(std::vector<std::string> names, const std::vector<std::string>& reserved);
// A line of CSV. Cells that need quotes get them, so that ParseCsv reads all cells back.
std::string CsvLine(const std::vector<std::string>& cells);
// A header line with the columns' names, then their numbers. columns: at least one, all of one length.
std::string CsvText(const std::vector<NamedColumn>& columns);

}  // namespace actionmatch

#endif  // ACTIONMATCH_CLIENT_FILES_CSV_H_
