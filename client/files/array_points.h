// Points in numpy's arrays.

#ifndef ACTIONMATCH_CLIENT_FILES_ARRAY_POINTS_H_
#define ACTIONMATCH_CLIENT_FILES_ARRAY_POINTS_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "client/files/array_file.h"
#include "client/files/point_table.h"

namespace actionmatch {

// INVALID_ARGUMENT names the file, the array, and the row and column of the first element that is not finite.
absl::Status CheckFinite(const std::string& path, absl::string_view name, const NumberArray& array);

// array: [n, D], with n and D above 0, all elements finite; otherwise INVALID_ARGUMENT names the file and the array.
absl::StatusOr<PointTable> ToPoints(const std::string& path, absl::string_view name, NumberArray array);

}  // namespace actionmatch

#endif  // ACTIONMATCH_CLIENT_FILES_ARRAY_POINTS_H_
