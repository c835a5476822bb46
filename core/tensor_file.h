// One file layout for everything that is stored: batches of snapshots, checkpoints, fields. It is the safetensors layout,
// readable from numpy:
//
//   file   := length header data
//   length := uint64 little-endian, bytes of header
//   header := JSON object { NAME: {"dtype": "F32"|"F64"|"I64"|"U8", "shape": [..], "data_offsets": [begin, end]}, ...,
//                           "__metadata__": {KEY: STRING, ...} }, padded with spaces to a multiple of 8
//   data   := the arrays, row-major little-endian, in the order of their names, without gaps
//
// "__metadata__" always holds "format" ("actionmatch/1 KIND"), "sha256" (of data) and "metadata_sha256" (of all other
// metadata in the order of keys, each as key NUL value NUL): any flipped byte is found on reading.
//
// The bytes are a pure function of the content: equal content, equal file.

#ifndef ACTIONMATCH_CORE_TENSOR_FILE_H_
#define ACTIONMATCH_CORE_TENSOR_FILE_H_

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
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

struct TensorFile {
  std::string kind;  // "batch", "checkpoint", "field"
  std::map<std::string, std::string> metadata;
  std::map<std::string, Array> arrays;

  // INVALID_ARGUMENT if no array has this name.
  absl::StatusOr<const Array*> Find(std::string_view name) const;
};

std::string SerializeTensorFile(const TensorFile& file);

// DATA_LOSS if the bytes are cut short or damaged; INVALID_ARGUMENT if they are no such file, of another kind or of an
// unknown version; the text says which.
absl::StatusOr<TensorFile> ParseTensorFile(std::string_view bytes, std::string_view kind);

// Lower-case hexadecimal SHA-256.
std::string Sha256Hex(std::string_view bytes);

// Durable and atomic: writes a temporary name in the same folder, fsyncs it, renames it, fsyncs the folder. After OK the
// content survives a loss of power; after an error or a crash `path` is as it was before.
absl::Status WriteFileDurably(const std::string& path, std::string_view bytes);
absl::StatusOr<std::string> ReadWholeFile(const std::string& path);  // NOT_FOUND if there is none

}  // namespace actionmatch

#endif  // ACTIONMATCH_CORE_TENSOR_FILE_H_
