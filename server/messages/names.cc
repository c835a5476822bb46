#include "server/messages/names.h"

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "server/messages/violations.h"

namespace actionmatch {
namespace {

constexpr size_t kMaxIdBytes = 63;
constexpr size_t kMaxLabels = 64;
constexpr size_t kMaxLabelKeyBytes = 63;
constexpr size_t kMaxLabelValueBytes = 255;
constexpr size_t kMaxRequestIdBytes = 63;
constexpr int kDefaultPageSize = 100;
constexpr int kMaxPageSize = 1000;
constexpr size_t kQuotedBytes = 80;

bool IsLetterOrDigit(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

bool IsId(absl::string_view id) {
  if (id.empty() || id.size() > kMaxIdBytes || !IsLetterOrDigit(id.front())) return false;
  for (const char c : id) {
    if (!IsLetterOrDigit(c) && c != '-' && c != '_' && c != '.') return false;
  }
  return true;
}

}  // namespace

void CheckName(absl::string_view name, absl::string_view collection, absl::string_view field,
               std::vector<Violation>* violations) {
  const bool in_collection = name.size() > collection.size() && name.substr(0, collection.size()) == collection &&
                             name[collection.size()] == '/';
  if (in_collection && IsId(name.substr(collection.size() + 1))) return;
  violations->push_back({std::string(field),
                         absl::StrCat("must be ", collection, "/ID with an ID of 1 to ", kMaxIdBytes,
                                      " characters of a-z, 0-9, '-', '_' and '.', the first a letter or digit; it is ",
                                      name.empty() ? "empty" : Quoted(name))});
}

absl::Status CheckName(absl::string_view name, absl::string_view collection, absl::string_view field) {
  std::vector<Violation> violations;
  CheckName(name, collection, field, &violations);
  return ToStatus(violations);
}

void CheckLength(absl::string_view value, size_t most_bytes, absl::string_view field,
                 std::vector<Violation>* violations) {
  if (value.size() <= most_bytes) return;
  violations->push_back(
      {std::string(field), absl::StrCat("must have at most ", most_bytes, " bytes, has ", value.size())});
}

void CheckLabels(const google::protobuf::Map<std::string, std::string>& labels, absl::string_view field,
                 std::vector<Violation>* violations) {
  if (labels.size() > kMaxLabels) {
    violations->push_back({std::string(field), absl::StrCat("must be at most ", kMaxLabels, ", are ", labels.size())});
  }
  for (const auto& [key, value] : labels) {
    const std::string label = absl::StrCat(field, "[", Quoted(key), "]");
    if (key.empty()) violations->push_back({label, "has an empty key: name it"});
    CheckLength(key, kMaxLabelKeyBytes, label + " (key)", violations);
    CheckLength(value, kMaxLabelValueBytes, label, violations);
  }
}

absl::Status CheckRequestId(absl::string_view request_id) {
  std::vector<Violation> violations;
  CheckLength(request_id, kMaxRequestIdBytes, "request_id", &violations);
  return ToStatus(violations);
}

absl::StatusOr<int> CheckPageSize(int32_t page_size) {
  if (page_size == 0) return kDefaultPageSize;
  if (page_size < 1 || page_size > kMaxPageSize) {
    return InvalidField("page_size",
                        absl::StrCat("must be 1 to ", kMaxPageSize, " (or 0: ", kDefaultPageSize, "), is ", page_size));
  }
  return page_size;
}

std::string Quoted(absl::string_view text) {
  const bool cut = text.size() > kQuotedBytes;
  return absl::StrCat("'", absl::CHexEscape(text.substr(0, kQuotedBytes)), "'",
                      cut ? absl::StrCat("... (", text.size(), " bytes)") : "");
}

}  // namespace actionmatch
