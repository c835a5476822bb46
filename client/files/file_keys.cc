#include "client/files/file_keys.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/files/csv.h"
#include "client/files/point_table.h"

namespace actionmatch {

bool Role::Usually(absl::string_view name) const { return std::find(usual.begin(), usual.end(), name) != usual.end(); }

absl::StatusOr<std::string> NameFor(const std::string& path, const Role& role, const std::string& key,
                                    const std::vector<std::string>& taken, const std::vector<std::string>& names) {
  if (!key.empty()) return key;
  std::vector<std::string> found;
  for (const std::string& name : names) {
    const bool free = std::find(taken.begin(), taken.end(), name) == taken.end();
    if (free && role.Usually(name)) found.push_back(name);
  }
  if (found.size() > 1) {
    return absl::InvalidArgumentError(absl::StrCat(path, ": each of ", absl::StrJoin(found, ", "), " could hold the ",
                                                   role.what, ": say which does with ", role.flag));
  }
  return found.empty() ? "" : found[0];
}

absl::Status NoneFor(const std::string& path, const Role& role, const std::vector<std::string>& names) {
  if (names.empty()) return absl::InvalidArgumentError(absl::StrCat(path, " is empty: it holds no arrays"));
  return absl::InvalidArgumentError(absl::StrCat(path, " has ", absl::StrJoin(names, ", "), ", none of them named ",
                                                 absl::StrJoin(role.usual, ", "), ": say which holds the ", role.what,
                                                 " with ", role.flag));
}

std::vector<std::string> ColumnNames(const std::vector<std::string>& names, int64_t dimension) {
  std::vector<std::string> reserved;
  for (const Role& role : {kTimes, kWeights}) {
    for (const absl::string_view name : role.usual) reserved.emplace_back(name);
  }
  return DistinctNames(AxisNames(names, dimension), reserved);
}

}  // namespace actionmatch
