#include "client/files/array_file.h"

#include <zip.h>

#include <algorithm>
#include <cstring>
#include <iterator>
#include <memory>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "client/files/file_bytes.h"

namespace actionmatch {
namespace {

constexpr absl::string_view kMagic("\x93NUMPY", 6);

template <typename T>
double Element(const char* bytes, bool swapped) {
  char copy[sizeof(T)];
  std::memcpy(copy, bytes, sizeof(T));
  if (swapped) std::reverse(copy, copy + sizeof(T));
  T value;
  std::memcpy(&value, copy, sizeof(T));
  return static_cast<double>(value);
}

struct ElementType {
  const char* name;
  size_t size;
  double (*read)(const char*, bool swapped);
};

constexpr ElementType kTypes[] = {
    {"f4", 4, Element<float>},    {"f8", 8, Element<double>},   {"i1", 1, Element<int8_t>},
    {"i2", 2, Element<int16_t>},  {"i4", 4, Element<int32_t>},  {"i8", 8, Element<int64_t>},
    {"u1", 1, Element<uint8_t>},  {"u2", 2, Element<uint16_t>}, {"u4", 4, Element<uint32_t>},
    {"u8", 8, Element<uint64_t>}, {"b1", 1, Element<uint8_t>},
};

// The text of `key` in the header's Python dictionary, up to a delimiter.
absl::StatusOr<absl::string_view> Entry(absl::string_view header, absl::string_view key, char open, char close) {
  const size_t at = header.find(absl::StrCat("'", key, "'"));
  if (at == absl::string_view::npos) return absl::InvalidArgumentError(absl::StrCat("its header has no '", key, "'"));
  absl::string_view rest = header.substr(at + key.size() + 2);
  const size_t begin = rest.find(open);
  if (begin == absl::string_view::npos)
    return absl::InvalidArgumentError(absl::StrCat("its '", key, "' cannot be read"));
  rest.remove_prefix(begin + 1);
  const size_t end = rest.find(close);
  if (end == absl::string_view::npos) return absl::InvalidArgumentError(absl::StrCat("its '", key, "' cannot be read"));
  return rest.substr(0, end);
}

absl::StatusOr<std::vector<int64_t>> ParseShape(absl::string_view text) {
  std::vector<int64_t> shape;
  for (absl::string_view part : absl::StrSplit(text, ',')) {
    part = absl::StripAsciiWhitespace(part);
    if (part.empty()) continue;
    int64_t length = 0;
    if (!absl::SimpleAtoi(part, &length) || length < 0) {
      return absl::InvalidArgumentError(absl::StrCat("its shape (", text, ") cannot be read"));
    }
    shape.push_back(length);
  }
  return shape;
}

// The values in C order, from Fortran order.
std::vector<double> Transposed(const std::vector<double>& values, const std::vector<int64_t>& shape) {
  std::vector<double> out(values.size());
  std::vector<int64_t> index(shape.size(), 0);
  for (double& value : out) {
    int64_t offset = 0;
    for (size_t axis = shape.size(); axis-- > 0;) offset = offset * shape[axis] + index[axis];
    value = values[offset];
    for (size_t axis = shape.size(); axis-- > 0 && ++index[axis] == shape[axis];) index[axis] = 0;
  }
  return out;
}

struct ZipCloser {
  void operator()(zip_t* archive) const { zip_discard(archive); }
};
struct SourceCloser {
  void operator()(zip_source_t* source) const { zip_source_free(source); }
};
struct EntryCloser {
  void operator()(zip_file_t* file) const { zip_fclose(file); }
};

// Fills `bytes`. False if there are fewer or more bytes, or if their checksum is wrong, which shows only at the end.
bool ReadToEnd(zip_file_t* entry, std::string* bytes) {
  const auto size = static_cast<zip_int64_t>(bytes->size());
  char more = 0;
  return zip_fread(entry, bytes->data(), bytes->size()) == size && zip_fread(entry, &more, 1) == 0;
}

std::string ZipErrorText(int code) {
  zip_error_t error;
  zip_error_init_with_code(&error, code);
  std::string text = zip_error_strerror(&error);
  zip_error_fini(&error);
  return text;
}

}  // namespace

absl::StatusOr<NumberArray> ParseNpy(absl::string_view bytes) {
  if (!absl::ConsumePrefix(&bytes, kMagic) || bytes.size() < 4) return absl::InvalidArgumentError("it is no NPY file");
  const bool long_header = bytes[0] >= 2;
  bytes.remove_prefix(2);
  const size_t width = long_header ? 4 : 2;
  if (bytes.size() < width) return absl::InvalidArgumentError("it is cut short");
  size_t length = 0;
  for (size_t i = 0; i < width; ++i) length |= static_cast<size_t>(static_cast<uint8_t>(bytes[i])) << (8 * i);
  bytes.remove_prefix(width);
  if (bytes.size() < length) return absl::InvalidArgumentError("it is cut short");
  const absl::string_view header = bytes.substr(0, length);
  bytes.remove_prefix(length);

  const absl::StatusOr<absl::string_view> type = Entry(header, "descr", '\'', '\'');
  if (!type.ok()) return type.status();
  const absl::StatusOr<absl::string_view> dimensions = Entry(header, "shape", '(', ')');
  if (!dimensions.ok()) return dimensions.status();
  const absl::StatusOr<absl::string_view> fortran = Entry(header, "fortran_order", ':', ',');
  if (!fortran.ok()) return fortran.status();
  absl::StatusOr<std::vector<int64_t>> shape = ParseShape(*dimensions);
  if (!shape.ok()) return shape.status();
  const auto* found = std::find_if(std::begin(kTypes), std::end(kTypes), [&](const ElementType& known) {
    return type->size() > 1 && type->substr(1) == known.name;
  });
  if (found == std::end(kTypes)) {
    return absl::InvalidArgumentError(
        absl::StrCat("its elements are of numpy type '", *type, "': save it as float64, float32 or integers"));
  }
  NumberArray array;
  array.shape = *std::move(shape);
  array.single = absl::string_view(found->name) == "f4";
  double count = 1;
  for (const int64_t axis : array.shape) count *= static_cast<double>(axis);
  if (count * static_cast<double>(found->size) != static_cast<double>(bytes.size())) {
    return absl::InvalidArgumentError(
        absl::StrCat("its shape (", *dimensions, ") and its ", bytes.size(), " bytes of data do not agree"));
  }
  array.values.resize(static_cast<size_t>(count));
  const bool swapped = type->front() == '>';
  for (size_t i = 0; i < array.values.size(); ++i)
    array.values[i] = found->read(bytes.data() + i * found->size, swapped);
  if (absl::StrContains(*fortran, "True")) array.values = Transposed(array.values, array.shape);
  return array;
}

std::string SerializeNpy(const NumberArray& array) {
  std::string header =
      absl::StrCat("{'descr': '", array.single ? "<f4" : "<f8", "', 'fortran_order': False, 'shape': (",
                   absl::StrJoin(array.shape, ", "), array.shape.size() == 1 ? "," : "", "), }");
  // Data starts at a multiple of 64; the header ends in a newline.
  header.append(63 - (kMagic.size() + 4 + header.size()) % 64, ' ');
  header += '\n';
  std::string bytes(kMagic);
  bytes += std::string("\x01\x00", 2);
  bytes += static_cast<char>(header.size() & 0xff);
  bytes += static_cast<char>(header.size() >> 8);
  bytes += header;
  if (array.single) {
    const std::vector<float> narrow(array.values.begin(), array.values.end());
    bytes.append(reinterpret_cast<const char*>(narrow.data()), narrow.size() * sizeof(float));
  } else {
    bytes.append(reinterpret_cast<const char*>(array.values.data()), array.values.size() * sizeof(double));
  }
  return bytes;
}

absl::StatusOr<ArrayArchive> ReadNpz(const std::string& path) {
  int code = 0;
  const std::unique_ptr<zip_t, ZipCloser> archive(zip_open(path.c_str(), ZIP_RDONLY, &code));
  if (archive == nullptr) {
    const std::string text = absl::StrCat("cannot read ", path, ": ", ZipErrorText(code));
    return code == ZIP_ER_NOENT ? absl::NotFoundError(text) : absl::InvalidArgumentError(text);
  }
  ArrayArchive found;
  for (zip_int64_t i = 0; i < zip_get_num_entries(archive.get(), 0); ++i) {
    zip_stat_t stat;
    if (zip_stat_index(archive.get(), i, 0, &stat) != 0) continue;
    std::string bytes(stat.size, '\0');
    const std::unique_ptr<zip_file_t, EntryCloser> entry(zip_fopen_index(archive.get(), i, 0));
    if (entry == nullptr || !ReadToEnd(entry.get(), &bytes)) {
      return absl::InvalidArgumentError(absl::StrCat("cannot read ", stat.name, " of ", path, ": it is damaged"));
    }
    const std::string name(absl::StripSuffix(stat.name, ".npy"));
    absl::StatusOr<NumberArray> array = ParseNpy(bytes);
    if (array.ok()) {
      found.arrays[name] = *std::move(array);
    } else {
      found.unreadable[name] = std::string(array.status().message());
    }
  }
  return found;
}

absl::Status WriteNpz(const std::string& path, const NamedArrays& arrays) {
  std::vector<std::string> contents;  // must live until the archive is closed
  contents.reserve(arrays.size());
  zip_error_t error;
  zip_error_init(&error);
  const std::unique_ptr<zip_source_t, SourceCloser> memory(zip_source_buffer_create(nullptr, 0, 0, &error));
  if (memory == nullptr) return absl::ResourceExhaustedError(absl::StrCat("no memory to write ", path));
  std::unique_ptr<zip_t, ZipCloser> archive(zip_open_from_source(memory.get(), ZIP_TRUNCATE, &error));
  if (archive == nullptr) return absl::ResourceExhaustedError(absl::StrCat("no memory to write ", path));
  zip_source_keep(memory.get());  // the archive has a share in it
  const auto failed = [&] {
    return absl::InternalError(absl::StrCat("cannot write ", path, ": ", zip_strerror(archive.get())));
  };
  for (const auto& [name, array] : arrays) {
    contents.push_back(SerializeNpy(array));
    zip_source_t* source = zip_source_buffer(archive.get(), contents.back().data(), contents.back().size(), 0);
    const zip_int64_t index = zip_file_add(archive.get(), (name + ".npy").c_str(), source, ZIP_FL_OVERWRITE);
    if (index < 0) zip_source_free(source);
    if (index < 0 || zip_set_file_compression(archive.get(), index, ZIP_CM_STORE, 0) != 0) return failed();
  }
  if (zip_close(archive.get()) != 0) return failed();
  static_cast<void>(archive.release());  // closed
  contents.clear();
  zip_stat_t stat;
  zip_source_stat(memory.get(), &stat);
  std::string bytes(stat.size, '\0');
  zip_source_open(memory.get());
  zip_source_read(memory.get(), bytes.data(), bytes.size());
  zip_source_close(memory.get());
  return WriteFile(path, bytes);
}

}  // namespace actionmatch
