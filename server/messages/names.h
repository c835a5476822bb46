// Checks of the names, labels and ids that callers choose, in one place. Every violation says what is allowed.

#ifndef ACTIONMATCH_SERVER_MESSAGES_NAMES_H_
#define ACTIONMATCH_SERVER_MESSAGES_NAMES_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "core/spec/spec.h"
#include "google/protobuf/map.h"

namespace actionmatch {

// INVALID_ARGUMENT, naming `field`, unless `name` is COLLECTION/ID (collection "datasets", say) with an ID of 1 to 63
// characters of a-z, 0-9, '-', '_' and '.', of which the first is a letter or digit.
absl::Status CheckName(absl::string_view name, absl::string_view collection, absl::string_view field);

// The same rules. Adds violations instead, for requests that are checked as a whole.
void CheckName(absl::string_view name, absl::string_view collection, absl::string_view field,
               std::vector<Violation>* violations);
// At most 64 labels, keys of 1 to 63 bytes, values of at most 255.
void CheckLabels(const google::protobuf::Map<std::string, std::string>& labels, absl::string_view field,
                 std::vector<Violation>* violations);
void CheckLength(absl::string_view value, size_t most_bytes, absl::string_view field,
                 std::vector<Violation>* violations);

// request_id: at most 63 bytes.
absl::Status CheckRequestId(absl::string_view request_id);

// The size of a page: 100 if page_size is 0; INVALID_ARGUMENT outside 1 to 1000.
absl::StatusOr<int> CheckPageSize(int32_t page_size);

// A caller's text for use in an error message: quoted, escaped, cut to a readable length.
std::string Quoted(absl::string_view text);

}  // namespace actionmatch

#endif  // ACTIONMATCH_SERVER_MESSAGES_NAMES_H_
