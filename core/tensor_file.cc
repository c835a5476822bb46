#include "core/tensor_file.h"

#include <openssl/evp.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <nlohmann/json.hpp>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace actionmatch {
namespace {

using Json = nlohmann::json;

constexpr int64_t kMaxHeaderBytes = int64_t{64} << 20;
constexpr char kFormat[] = "actionmatch/1 ";

struct TypeInfo {
  Array::Type type;
  const char* name;
  int64_t bytes;
};
constexpr TypeInfo kTypes[] = {{Array::Type::kFloat32, "F32", 4},
                               {Array::Type::kFloat64, "F64", 8},
                               {Array::Type::kInt64, "I64", 8},
                               {Array::Type::kUint8, "U8", 1}};

const TypeInfo& InfoOf(Array::Type type) {
  return *std::find_if(std::begin(kTypes), std::end(kTypes), [&](const TypeInfo& t) { return t.type == type; });
}

template <typename T>
Array MakeArray(Array::Type type, absl::Span<const T> values, std::vector<int64_t> shape) {
  return {type, std::move(shape), std::string(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T))};
}

template <typename From, typename To>
std::vector<To> Cast(const std::string& bytes) {
  std::vector<To> out(bytes.size() / sizeof(From));
  for (size_t i = 0; i < out.size(); ++i) {
    From value;
    std::memcpy(&value, bytes.data() + i * sizeof(From), sizeof(From));
    out[i] = static_cast<To>(value);
  }
  return out;
}

template <typename To>
std::vector<To> Elements(const Array& array) {
  switch (array.type) {
    case Array::Type::kFloat32:
      return Cast<float, To>(array.bytes);
    case Array::Type::kFloat64:
      return Cast<double, To>(array.bytes);
    case Array::Type::kInt64:
      return Cast<int64_t, To>(array.bytes);
    case Array::Type::kUint8:
      return Cast<uint8_t, To>(array.bytes);
  }
  return {};
}

// Of the whole header but this hash itself: names, types, shapes and metadata.
std::string HeaderHash(Json header) {
  header["__metadata__"].erase("header_sha256");
  return Sha256Hex(header.dump());
}

absl::Status Damaged(absl::string_view what) {
  return absl::DataLossError(absl::StrCat("the file is damaged (", what, "); restore it from a copy"));
}

// The array described by `entry`, its bytes taken from `data`.
absl::StatusOr<Array> ReadArray(const std::string& name, const Json& entry, absl::string_view data, int64_t* next) {
  if (!entry.is_object() || !entry.contains("dtype") || !entry["dtype"].is_string() || !entry.contains("shape") ||
      !entry["shape"].is_array() || !entry.contains("data_offsets") || !entry["data_offsets"].is_array() ||
      entry["data_offsets"].size() != 2) {
    return Damaged(absl::StrCat("header of ", name));
  }
  const std::string dtype = entry["dtype"].get<std::string>();
  const auto info =
      std::find_if(std::begin(kTypes), std::end(kTypes), [&](const TypeInfo& t) { return dtype == t.name; });
  if (info == std::end(kTypes)) return Damaged(absl::StrCat("type of ", name));
  Array array;
  array.type = info->type;
  int64_t size = info->bytes;
  for (const Json& n : entry["shape"]) {
    if (!n.is_number_unsigned()) return Damaged(absl::StrCat("shape of ", name));
    const uint64_t extent = n.get<uint64_t>();
    if (extent > data.size() || size * static_cast<int64_t>(extent) > static_cast<int64_t>(data.size())) {
      return Damaged(absl::StrCat("shape of ", name));
    }
    array.shape.push_back(static_cast<int64_t>(extent));
    size *= static_cast<int64_t>(extent);
  }
  const Json& offsets = entry["data_offsets"];
  if (!offsets[0].is_number_unsigned() || !offsets[1].is_number_unsigned() ||
      offsets[0].get<uint64_t>() != static_cast<uint64_t>(*next) ||
      offsets[1].get<uint64_t>() != static_cast<uint64_t>(*next + size) ||
      *next + size > static_cast<int64_t>(data.size())) {
    return Damaged(absl::StrCat("offsets of ", name));
  }
  array.bytes = std::string(data.substr(*next, size));
  *next += size;
  return array;
}

}  // namespace

Array Array::Of(absl::Span<const double> values, std::vector<int64_t> shape) {
  return MakeArray(Type::kFloat64, values, std::move(shape));
}
Array Array::Of(absl::Span<const float> values, std::vector<int64_t> shape) {
  return MakeArray(Type::kFloat32, values, std::move(shape));
}
Array Array::Of(absl::Span<const int64_t> values, std::vector<int64_t> shape) {
  return MakeArray(Type::kInt64, values, std::move(shape));
}

std::vector<double> Array::Doubles() const { return Elements<double>(*this); }
std::vector<int64_t> Array::Int64s() const { return Elements<int64_t>(*this); }

absl::StatusOr<const Array*> TensorFile::Find(absl::string_view name) const {
  const auto found = arrays.find(std::string(name));
  if (found == arrays.end()) return absl::InvalidArgumentError(absl::StrCat("the file holds no array ", name));
  return &found->second;
}

std::string SerializeTensorFile(const TensorFile& file) {
  std::string data;
  Json header = Json::object();
  for (const auto& [name, array] : file.arrays) {
    const size_t begin = data.size();
    data += array.bytes;
    header[name] = {{"dtype", InfoOf(array.type).name}, {"shape", array.shape}, {"data_offsets", {begin, data.size()}}};
  }
  std::map<std::string, std::string> metadata = file.metadata;
  metadata["format"] = absl::StrCat(kFormat, file.kind);
  metadata["sha256"] = Sha256Hex(data);
  header["__metadata__"] = metadata;
  header["__metadata__"]["header_sha256"] = HeaderHash(header);
  std::string text = header.dump();
  text.append((8 - text.size() % 8) % 8, ' ');
  const uint64_t length = text.size();
  std::string bytes(reinterpret_cast<const char*>(&length), sizeof(length));
  bytes += text;
  bytes += data;
  return bytes;
}

absl::StatusOr<TensorFile> ParseTensorFile(absl::string_view bytes, absl::string_view kind) {
  uint64_t length = 0;
  if (bytes.size() < sizeof(length)) return Damaged("shorter than its header");
  std::memcpy(&length, bytes.data(), sizeof(length));
  if (length > bytes.size() - sizeof(length) || length > kMaxHeaderBytes) return Damaged("length of the header");
  const absl::string_view text = bytes.substr(sizeof(length), length);
  const absl::string_view data = bytes.substr(sizeof(length) + length);
  const Json header = Json::parse(text.begin(), text.end(), nullptr, /*allow_exceptions=*/false);
  if (header.is_discarded() || !header.is_object() || !header.contains("__metadata__") ||
      !header["__metadata__"].is_object()) {
    return Damaged("header");
  }
  TensorFile file;
  for (const auto& [key, value] : header["__metadata__"].items()) {
    if (!value.is_string()) return Damaged("metadata");
    file.metadata[key] = value.get<std::string>();
  }
  const std::string format = file.metadata["format"];
  if (format != absl::StrCat(kFormat, kind)) {
    return absl::InvalidArgumentError(absl::StrCat("the file's format is \"", absl::CHexEscape(format.substr(0, 64)),
                                                   "\"; expected \"", kFormat, kind, "\""));
  }
  if (HeaderHash(header) != file.metadata["header_sha256"]) return Damaged("checksum of the header");
  file.metadata.erase("header_sha256");
  if (Sha256Hex(data) != file.metadata["sha256"]) return Damaged("checksum of the data");
  file.metadata.erase("sha256");
  file.metadata.erase("format");
  int64_t next = 0;
  for (const auto& [name, entry] : header.items()) {  // in the order of names, as the data are
    if (name == "__metadata__") continue;
    absl::StatusOr<Array> array = ReadArray(name, entry, data, &next);
    if (!array.ok()) return array.status();
    file.arrays[name] = *std::move(array);
  }
  if (next != static_cast<int64_t>(data.size())) return Damaged("bytes past the last array");
  file.kind = std::string(kind);
  // White space is covered by no checksum: only the canonical text passes.
  if (SerializeTensorFile(file) != bytes) {
    return Damaged("header is not in canonical form");
  }
  return file;
}

std::string Sha256Hex(absl::string_view bytes) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  EVP_Digest(bytes.data(), bytes.size(), digest, &size, EVP_sha256(), nullptr);
  return absl::BytesToHexString({reinterpret_cast<const char*>(digest), size});
}

}  // namespace actionmatch
