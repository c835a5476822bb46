// FileKeys: the names of the columns of a CSV file, or of the arrays of an NPZ file, that hold times, points and
// weights.

#ifndef ACTIONMATCH_CLIENT_FILES_FILE_KEYS_H_
#define ACTIONMATCH_CLIENT_FILES_FILE_KEYS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace actionmatch {

// The names that the caller gives. A part whose name is empty is found by its usual names, if the file has exactly one
// of these that is not among the points.
struct FileKeys {
  std::string time;
  std::vector<std::string> points;
  std::string weights;
};

// A part of a snapshot, and how files name it.
struct Role {
  absl::string_view what;
  absl::string_view flag;  // the command line's flag for the name
  absl::Span<const absl::string_view> usual;

  bool Usually(absl::string_view name) const;
};

inline constexpr absl::string_view kTimeNames[] = {"time", "times", "t", "ts", "day", "samples", "timepoint"};
inline constexpr absl::string_view kPointNames[] = {"points", "x", "X", "data"};
inline constexpr absl::string_view kWeightNames[] = {"weight", "weights", "w"};
inline constexpr Role kTimes = {"times", "--time-key", kTimeNames};
inline constexpr Role kPoints = {"points", "--points-key", kPointNames};
inline constexpr Role kWeights = {"weights", "--weights-key", kWeightNames};

// Returns `key`. If `key` is empty, returns the usual name of the role that is among `names` and not `taken` by another
// role; empty if there is none. INVALID_ARGUMENT if there are several.
absl::StatusOr<std::string> NameFor(const std::string& path, const Role& role, const std::string& key,
                                    const std::vector<std::string>& taken, const std::vector<std::string>& names);

// The error of a file that has none of the role's usual names.
absl::Status NoneFor(const std::string& path, const Role& role, const std::vector<std::string>& names);

// The components' names in a file of snapshots that keeps names: none is empty, none is there twice, and none can be
// taken for times or weights. names: [D], or empty.
std::vector<std::string> ColumnNames(const std::vector<std::string>& names, int64_t dimension);

}  // namespace actionmatch

#endif  // ACTIONMATCH_CLIENT_FILES_FILE_KEYS_H_
