#include "core/storage/tensor_file.h"

#include <openssl/evp.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <nlohmann/json.hpp>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "core/cause.h"
#include "core/storage/files.h"

namespace actionmatch {
namespace {

using Json = nlohmann::json;

constexpr int64_t kMaxHeaderBytes = int64_t{64} << 20;
constexpr int kMaxNesting = 3;  // the header, an array in it, the array's shape
constexpr char kMagic[] = "actionmatch/";

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

// The hash of the whole header without this hash: names, types, shapes and metadata.
std::string HeaderHash(Json header) {
  header["__metadata__"].erase("header_sha256");
  return Sha256Hex(header.dump());
}

absl::Status Damaged(absl::string_view what) {
  return ErrorOf(kDataDamaged, {}, absl::StrCat("the file is damaged (", what, "); restore it from a copy"));
}

// The place of the array described by `entry`, which must begin at *next, in data of `size` bytes.
absl::StatusOr<TensorIndex::Place> ReadPlace(const std::string& name, const Json& entry, int64_t size, int64_t* next) {
  if (!entry.is_object() || !entry.contains("dtype") || !entry["dtype"].is_string() || !entry.contains("shape") ||
      !entry["shape"].is_array() || !entry.contains("data_offsets") || !entry["data_offsets"].is_array() ||
      entry["data_offsets"].size() != 2) {
    return Damaged(absl::StrCat("header of ", name));
  }
  const std::string dtype = entry["dtype"].get<std::string>();
  const auto info =
      std::find_if(std::begin(kTypes), std::end(kTypes), [&](const TypeInfo& t) { return dtype == t.name; });
  if (info == std::end(kTypes)) return Damaged(absl::StrCat("type of ", name));
  TensorIndex::Place place;
  place.type = info->type;
  place.offset = *next;
  place.bytes = info->bytes;
  for (const Json& n : entry["shape"]) {
    if (!n.is_number_unsigned()) return Damaged(absl::StrCat("shape of ", name));
    const uint64_t extent = n.get<uint64_t>();
    if (extent > static_cast<uint64_t>(size / std::max<int64_t>(1, place.bytes))) {
      return Damaged(absl::StrCat("shape of ", name));
    }
    place.shape.push_back(static_cast<int64_t>(extent));
    place.bytes *= static_cast<int64_t>(extent);
  }
  const Json& offsets = entry["data_offsets"];
  if (!offsets[0].is_number_unsigned() || !offsets[1].is_number_unsigned() ||
      offsets[0].get<uint64_t>() != static_cast<uint64_t>(*next) ||
      offsets[1].get<uint64_t>() != static_cast<uint64_t>(*next + place.bytes) || *next + place.bytes > size) {
    return Damaged(absl::StrCat("offsets of ", name));
  }
  *next += place.bytes;
  return place;
}

// The file's length word, which is the length of its header.
absl::StatusOr<int64_t> HeaderLength(absl::string_view bytes, int64_t size) {
  uint64_t length = 0;
  if (bytes.size() < sizeof(length)) return Damaged("shorter than its header");
  std::memcpy(&length, bytes.data(), sizeof(length));
  if (length > static_cast<uint64_t>(size) - sizeof(length) || length > kMaxHeaderBytes) {
    return Damaged("length of the header");
  }
  return static_cast<int64_t>(length);
}

std::string FormatText(int format, absl::string_view kind) { return absl::StrCat(kMagic, format, " ", kind); }

// The number in "actionmatch/FORMAT KIND".
absl::StatusOr<int> ReadFormat(absl::string_view text, absl::string_view kind) {
  int format = 0;
  absl::string_view number = text;
  if (!absl::ConsumePrefix(&number, kMagic) || !absl::ConsumeSuffix(&number, absl::StrCat(" ", kind)) ||
      !absl::SimpleAtoi(number, &format) || text != FormatText(format, kind) || format < 1) {
    return absl::InvalidArgumentError(absl::StrCat("the file's format is \"", absl::CHexEscape(text.substr(0, 64)),
                                                   "\"; expected \"", FormatText(kNewestFormat, kind), "\""));
  }
  if (format > kNewestFormat) {
    return absl::InvalidArgumentError(absl::StrCat("the file is of format ", format,
                                                   ", and this release reads formats 1 to ", kNewestFormat,
                                                   ": use a release as new as the one that wrote it"));
  }
  return format;
}

struct Header {
  int format = 0;
  std::map<std::string, std::string> metadata;
  std::map<std::string, TensorIndex::Place> arrays;  // offsets from the start of the data
};

// Discarded if the text is no JSON, or is nested deeper than a header is: parsing takes any depth, but copies and texts
// of a value recurse.
Json ParseJson(absl::string_view text) {
  bool deep = false;
  const auto keep = [&](int depth, Json::parse_event_t event, const Json&) {
    const bool begins = event == Json::parse_event_t::object_start || event == Json::parse_event_t::array_start;
    deep = deep || (begins && depth >= kMaxNesting);
    return !deep;
  };
  Json json = Json::parse(text.begin(), text.end(), keep, /*allow_exceptions=*/false);
  return deep ? Json(Json::value_t::discarded) : json;
}

// Parses the header of a file with `size` bytes of data.
absl::StatusOr<Header> ParseHeader(absl::string_view text, int64_t size, absl::string_view kind) {
  const Json json = ParseJson(text);
  if (json.is_discarded() || !json.is_object() || !json.contains("__metadata__") || !json["__metadata__"].is_object()) {
    return Damaged("header");
  }
  Header header;
  for (const auto& [key, value] : json["__metadata__"].items()) {
    if (!value.is_string()) return Damaged("metadata");
    header.metadata[key] = value.get<std::string>();
  }
  const absl::StatusOr<int> format = ReadFormat(header.metadata["format"], kind);
  // A file with a checksum that does not fit is damaged, whatever its format seems to be; one without is not ours.
  const bool intact = HeaderHash(json) == header.metadata["header_sha256"];
  if (!format.ok() && (intact || header.metadata["header_sha256"].empty())) return format.status();
  if (!intact) return Damaged("checksum of the header");
  header.format = *format;
  int64_t next = 0;
  for (const auto& [name, entry] : json.items()) {  // in the order of names, as the data are
    if (name == "__metadata__") continue;
    absl::StatusOr<TensorIndex::Place> place = ReadPlace(name, entry, size, &next);
    if (!place.ok()) return place.status();
    header.arrays[name] = *std::move(place);
  }
  if (next != size) return Damaged("bytes past the last array");
  return header;
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
  metadata["format"] = FormatText(file.format, file.kind);
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
  const absl::StatusOr<int64_t> length = HeaderLength(bytes, static_cast<int64_t>(bytes.size()));
  if (!length.ok()) return length.status();
  const absl::string_view data = bytes.substr(sizeof(uint64_t) + *length);
  absl::StatusOr<Header> header =
      ParseHeader(bytes.substr(sizeof(uint64_t), *length), static_cast<int64_t>(data.size()), kind);
  if (!header.ok()) return header.status();
  if (Sha256Hex(data) != header->metadata["sha256"]) return Damaged("checksum of the data");
  TensorFile file;
  file.kind = std::string(kind);
  file.format = header->format;
  file.metadata = std::move(header->metadata);
  for (const char* own : {"header_sha256", "sha256", "format"}) file.metadata.erase(own);
  for (auto& [name, place] : header->arrays) {
    file.arrays[name] = {place.type, std::move(place.shape), std::string(data.substr(place.offset, place.bytes))};
  }
  // No checksum covers white space, so only the canonical text passes.
  if (SerializeTensorFile(file) != bytes) {
    return Damaged("header is not in canonical form");
  }
  return file;
}

absl::StatusOr<TensorIndex> IndexTensorFile(const std::string& path, absl::string_view kind) {
  const absl::StatusOr<int64_t> size = FileSize(path);
  if (!size.ok()) return size.status();
  std::string word(std::min<size_t>(sizeof(uint64_t), *size), '\0');
  absl::Status status = ReadFilePart(path, 0, absl::MakeSpan(word));
  if (!status.ok()) return status;
  const absl::StatusOr<int64_t> length = HeaderLength(word, *size);
  if (!length.ok()) return length.status();
  std::string text(static_cast<size_t>(*length), '\0');
  status = ReadFilePart(path, sizeof(uint64_t), absl::MakeSpan(text));
  if (!status.ok()) return status;
  TensorIndex index;
  index.data_offset = static_cast<int64_t>(sizeof(uint64_t)) + *length;
  absl::StatusOr<Header> header = ParseHeader(text, *size - index.data_offset, kind);
  if (!header.ok()) return header.status();
  index.arrays = std::move(header->arrays);
  for (auto& [name, place] : index.arrays) place.offset += index.data_offset;
  index.data_sha256 = header->metadata["sha256"];
  return index;
}

std::string Sha256Hex(absl::string_view bytes) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  EVP_Digest(bytes.data(), bytes.size(), digest, &size, EVP_sha256(), nullptr);
  return absl::BytesToHexString({reinterpret_cast<const char*>(digest), size});
}

}  // namespace actionmatch
