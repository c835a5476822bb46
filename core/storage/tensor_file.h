// TensorFile: one file layout for everything that is stored: batches of snapshots, checkpoints, fields. It is the
// safetensors layout, which numpy can read:
//
//   file   := length header data
//   length := uint64 little-endian, bytes of header
//   header := JSON object { NAME: {"dtype": "F32"|"F64"|"I64"|"U8", "shape": [..], "data_offsets": [begin, end]}, ...,
//                           "__metadata__": {KEY: STRING, ...} }, padded with spaces to a multiple of 8
//   data   := the arrays, row-major little-endian, in the order of their names, without gaps
//
// "__metadata__" always holds "format" ("actionmatch/FORMAT KIND"), "sha256" (of data) and "header_sha256" (of the
// header's canonical text without this entry): any flipped byte is found on reading.
//
// FORMAT counts the formats of all kinds together. Files are written as kNewestFormat, and every format so far can be
// read:
//
//   1  release 0.1.0: numbers stand for a field's path and form, and for a score's subset and distance
//   2  words stand for these (core/words.h)
//
// The bytes are a pure function of the content: equal content gives an equal file.

#ifndef ACTIONMATCH_CORE_STORAGE_TENSOR_FILE_H_
#define ACTIONMATCH_CORE_STORAGE_TENSOR_FILE_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace actionmatch {

struct Array {
  enum class Type { kFloat32, kFloat64, kInt64, kUint8 };
  Type type = Type::kFloat64;
  std::vector<int64_t> shape;
  std::string bytes;  // product(shape) * element size, little-endian, row-major

  static Array Of(absl::Span<const double> values, std::vector<int64_t> shape);
  static Array Of(absl::Span<const float> values, std::vector<int64_t> shape);
  static Array Of(absl::Span<const int64_t> values, std::vector<int64_t> shape);

  // The elements as doubles, whatever the type.
  std::vector<double> Doubles() const;
  std::vector<int64_t> Int64s() const;
};

inline constexpr int kNewestFormat = 2;

struct TensorFile {
  std::string kind;  // "batch", "checkpoint", "field"
  int format = kNewestFormat;
  std::map<std::string, std::string> metadata;
  std::map<std::string, Array> arrays;

  // INVALID_ARGUMENT if no array has this name.
  absl::StatusOr<const Array*> Find(absl::string_view name) const;
};

std::string SerializeTensorFile(const TensorFile& file);

// DATA_LOSS if the bytes are cut short or damaged; INVALID_ARGUMENT if they are no such file, of another kind or of a
// newer format; the text says which.
absl::StatusOr<TensorFile> ParseTensorFile(absl::string_view bytes, absl::string_view kind);

// The places of a file's arrays, for files that memory should not hold.
struct TensorIndex {
  struct Place {
    Array::Type type = Array::Type::kFloat64;
    std::vector<int64_t> shape;
    int64_t offset = 0;  // bytes from the start of the file
    int64_t bytes = 0;
  };
  std::map<std::string, Place> arrays;
  int64_t data_offset = 0;  // of the first array
  std::string data_sha256;  // of all bytes from data_offset on
};

// Reads the header alone. Errors as ParseTensorFile, except that the data are not checked.
absl::StatusOr<TensorIndex> IndexTensorFile(const std::string& path, absl::string_view kind);

// Lower-case hexadecimal SHA-256.
std::string Sha256Hex(absl::string_view bytes);

}  // namespace actionmatch

#endif  // ACTIONMATCH_CORE_STORAGE_TENSOR_FILE_H_
