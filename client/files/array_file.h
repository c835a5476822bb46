// Arrays in numpy's files: NPY (one array) and NPZ (named arrays).
// Format: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html

#ifndef ACTIONMATCH_CLIENT_FILES_ARRAY_FILE_H_
#define ACTIONMATCH_CLIENT_FILES_ARRAY_FILE_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace actionmatch {

struct NumberArray {
  std::vector<int64_t> shape;
  std::vector<double> values;  // row-major
  bool single = false;         // the file's elements are float32
};

// Booleans, integers and floats of 4 or 8 bytes, either byte order, C or Fortran order. INVALID_ARGUMENT says what the
// bytes are instead.
absl::StatusOr<NumberArray> ParseNpy(absl::string_view bytes);
std::string SerializeNpy(const NumberArray& array);  // version 1.0; float32 if single, otherwise float64

using NamedArrays = std::map<std::string, NumberArray>;

struct ArrayArchive {
  NamedArrays arrays;
  std::map<std::string, std::string> unreadable;  // other entries, and why each is no array of numbers
};

// NOT_FOUND or INVALID_ARGUMENT name the file.
absl::StatusOr<ArrayArchive> ReadNpz(const std::string& path);
absl::Status WriteNpz(const std::string& path, const NamedArrays& arrays);

}  // namespace actionmatch

#endif  // ACTIONMATCH_CLIENT_FILES_ARRAY_FILE_H_
