// Writes core/doc/settings.md, or checks that it is what would be written, and that the comments of train_spec.proto
// name the ranges and defaults that the core has.
//
//   settings_document ROOT DESCRIPTORS [--write]
//
// DESCRIPTORS is what protoc --include_source_info --descriptor_set_out made of train_spec.proto.

#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>

#include <cmath>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "core/spec/spec.h"

namespace actionmatch {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::EnumDescriptor;
using google::protobuf::FieldDescriptor;

constexpr char kProto[] = "actionmatch/v1/train_spec.proto";
constexpr char kDocument[] = "core/doc/settings.md";

constexpr char kHead[] =
    R"(<!-- Written by settings_document from the settings in core/spec and the comments of proto/actionmatch/v1/train_spec.proto.
     Edit those, then build the target write_settings_document. -->
# Settings of a training
An empty spec is a good one: each setting has a default. A setting is set by its name, as in
`actionmatch job submit DATASET --set path.kind=ot --set potential.hidden=64,64`; `--print-spec` shows what a spec comes to.
In the API the name is the path of the field in `TrainSpec`; words are enumerators, in upper case after the enumeration's name
(`KIND_OT`).
)";

// The comment above a message, a field or an enumerator, a line a paragraph.
template <typename Of>
std::string CommentOf(const Of& of, const char* between_paragraphs = " ") {
  google::protobuf::SourceLocation location;
  of.GetSourceLocation(&location);
  std::vector<std::string> paragraphs;
  for (const absl::string_view paragraph : absl::StrSplit(location.leading_comments, "\n\n")) {
    const std::vector<std::string> words = absl::StrSplit(paragraph, absl::ByAnyChar(" \n"), absl::SkipEmpty());
    paragraphs.push_back(absl::StrJoin(words, " "));
  }
  return absl::StrJoin(paragraphs, between_paragraphs);
}

std::string Escaped(const std::string& text) {
  return absl::StrReplaceAll(text, {{"|", "\\|"}, {"*", "\\*"}, {"<", "\\<"}});
}

// ---- Numbers and words as people write them: 0.0001, 10000000, 1e30 ----

std::string Text(double number) {
  if (std::abs(number) > 1e8) return absl::StrReplaceAll(absl::StrCat(number), {{"e+", "e"}});
  const std::string text = absl::StrFormat("%.7f", number);
  return std::string(absl::StripSuffix(text.substr(0, text.find_last_not_of('0') + 1), "."));
}
std::string Text(const Range& range) {
  if (range.ends == Range::Ends::kNone) return "positive";
  const std::string text = absl::StrCat(Text(range.low), " to ", Text(range.high));
  return range.ends == Range::Ends::kLow ? absl::StrCat(text, " (not ", Text(range.high), ")") : text;
}

template <typename T>
std::string DefaultOf(const T& value) {
  if constexpr (std::is_enum_v<T>) {
    return std::string(WordOf(value));
  } else if constexpr (std::is_same_v<T, bool>) {
    return value ? "true" : "false";
  } else {
    return Text(static_cast<double>(value));
  }
}
template <typename T>
std::string DefaultOf(const std::optional<T>& value) {
  return value.has_value() ? DefaultOf(*value) : "see there";
}
template <typename T>
std::string DefaultOf(const std::vector<T>& values) {
  if (values.empty()) return "none";
  return absl::StrCat(
      "[", absl::StrJoin(values, ", ", [](std::string* out, T value) { out->append(DefaultOf(value)); }), "]");
}

template <typename T>
std::string ValuesOf(const Setting& setting, const T&) {
  if constexpr (std::is_enum_v<T>) {
    return absl::StrJoin(WordsOf(T{}), ", ",
                         [](std::string* out, const Word<T>& entry) { absl::StrAppend(out, "`", entry.word, "`"); });
  } else if constexpr (std::is_same_v<T, bool>) {
    return "`true`, `false`";
  } else {
    const char* kind = std::is_integral_v<T> ? "whole number" : "number";
    return setting.range().has_value() ? absl::StrCat(kind, ", ", Text(*setting.range())) : kind;
  }
}
template <typename T>
std::string ValuesOf(const Setting& setting, const std::optional<T>&) {
  return ValuesOf(setting, T{});
}
template <typename T>
std::string ValuesOf(const Setting& setting, const std::vector<T>&) {
  const std::string count = setting.count().has_value() ? absl::StrCat(", ", Text(*setting.count()), " of them") : "";
  return absl::StrCat("list: ", ValuesOf(setting, T{}), count);
}

// ---- The document ----

class Document {
 public:
  explicit Document(const Descriptor& spec)
      : spec_(spec), text_(absl::StrCat(kHead, "\n", Escaped(CommentOf(spec, "\n\n")), "\n")) {}

  template <typename T>
  void operator()(const Setting& setting, const T& member) const {
    const FieldDescriptor* field = Find(setting.name());
    if (field == nullptr) {
      problems_.push_back(absl::StrCat("no field has the name ", setting.name()));
      return;
    }
    const std::string comment = CommentOf(*field);
    CheckComment(setting, comment, member);
    BeginGroup(setting.name());
    absl::StrAppend(&text_, "| `", setting.name(), "` | ", ValuesOf(setting, member), " | ", DefaultOf(member), " | ",
                    Escaped(comment), " |\n");
    if constexpr (std::is_enum_v<T>) AddWords(setting, *field->enum_type(), member);
  }

  std::string Finish() const { return absl::StrCat(text_, words_); }
  const std::vector<std::string>& problems() const { return problems_; }

 private:
  const FieldDescriptor* Find(absl::string_view path) const {
    const Descriptor* type = &spec_;
    const FieldDescriptor* field = nullptr;
    for (const absl::string_view name : absl::StrSplit(path, '.')) {
      if (type == nullptr) return nullptr;
      field = type->FindFieldByName(std::string(name));
      if (field == nullptr) return nullptr;
      type = field->message_type();
    }
    return field;
  }

  // A heading and the head of a table where a setting belongs to another message than the one before.
  void BeginGroup(absl::string_view name) const {
    const std::vector<absl::string_view> parts = absl::StrSplit(name, '.');
    const std::string group(parts.size() > 1 ? parts.front() : "spec");
    if (group == group_) return;
    group_ = group;
    absl::StrAppend(&text_, std::exchange(words_, ""), "\n## ", group == "spec" ? "The spec itself" : group, "\n");
    const FieldDescriptor* field = spec_.FindFieldByName(group);
    if (field != nullptr) absl::StrAppend(&text_, Escaped(CommentOf(*field->message_type(), "\n\n")), "\n\n");
    absl::StrAppend(&text_, "| setting | values | default | what it is |\n|---|---|---|---|\n");
  }

  // What an enumeration's words mean, to stand under the group's table.
  template <typename E>
  void AddWords(const Setting& setting, const EnumDescriptor& type, E) const {
    absl::StrAppend(&words_, "\n`", setting.name(), "`: ", Escaped(CommentOf(type)), "\n\n");
    const absl::string_view prefix = absl::StripSuffix(type.value(0)->name(), "UNSPECIFIED");
    for (const Word<E>& entry : WordsOf(E{})) {
      const auto* value = type.FindValueByName(absl::StrCat(prefix, absl::AsciiStrToUpper(entry.word)));
      if (value == nullptr) {
        problems_.push_back(absl::StrCat(type.full_name(), " has no enumerator for ", entry.word));
        continue;
      }
      absl::StrAppend(&words_, "* `", entry.word, "`: ", Escaped(CommentOf(*value)), "\n");
    }
  }

  template <typename T>
  void CheckComment(const Setting& setting, const std::string& comment, const T& member) const {
    std::string shown = DefaultOf(member);
    if constexpr (std::is_enum_v<T>) shown = absl::AsciiStrToUpper(shown);
    Expect(setting, comment, shown == "see there" ? "Default" : absl::StrCat("Default ", shown));
    for (const std::optional<Range>& range : {setting.range(), setting.count()}) {
      if (range.has_value()) Expect(setting, comment, Text(*range));
    }
  }
  void Expect(const Setting& setting, const std::string& comment, const std::string& text) const {
    if (absl::StrContains(absl::AsciiStrToLower(comment), absl::AsciiStrToLower(text))) return;
    problems_.push_back(absl::StrCat("in ", kProto, " the comment of ", setting.name(), " must say \"", text, "\""));
  }

  const Descriptor& spec_;
  mutable std::string text_;
  mutable std::string words_;  // of the group's enumerations
  mutable std::string group_;
  mutable std::vector<std::string> problems_;
};

std::string ReadFile(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

int Main(const std::string& root, const std::string& descriptors, bool write) {
  google::protobuf::FileDescriptorSet files;
  google::protobuf::DescriptorPool pool;
  if (!files.ParseFromString(ReadFile(descriptors)) || files.file_size() != 1) {
    std::printf("%s does not hold one file's descriptors\n", descriptors.c_str());
    return 1;
  }
  const Document document(*pool.BuildFile(files.file(0))->FindMessageTypeByName("TrainSpec"));
  const TrainSpec spec;
  TrainSpec::VisitSettings(spec, document);
  std::vector<std::string> problems = document.problems();
  const std::string path = absl::StrCat(root, "/", kDocument);
  if (write) {
    std::ofstream(path, std::ios::binary) << document.Finish();
  } else if (ReadFile(path) != document.Finish()) {
    problems.push_back(absl::StrCat(kDocument, " is stale: build the target write_settings_document"));
  }
  for (const std::string& problem : problems) std::printf("%s\n", problem.c_str());
  return problems.empty() ? 0 : 1;
}

}  // namespace
}  // namespace actionmatch

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  const bool write = arguments.size() == 3 && arguments[2] == "--write";
  if (arguments.size() != 2 && !write) {
    std::fprintf(stderr, "usage: settings_document ROOT DESCRIPTORS [--write]\n");
    return 2;
  }
  return actionmatch::Main(arguments[0], arguments[1], write);
}
