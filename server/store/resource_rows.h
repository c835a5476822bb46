// The functions that the store's parts share: messages as rows, page tokens, errors about resources. For the sources of
// server/store only.

#ifndef ACTIONMATCH_SERVER_STORE_RESOURCE_ROWS_H_
#define ACTIONMATCH_SERVER_STORE_RESOURCE_ROWS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "google/protobuf/message_lite.h"
#include "google/protobuf/timestamp.pb.h"
#include "server/messages/error_reasons.h"
#include "server/store/database.h"
#include "server/store/records.h"
#include "server/store/sql.h"

namespace actionmatch {

// A kind of resource: a table with the columns name, uid and message.
struct Resource {
  const char* table;   // also the collection in names: "datasets"
  const char* noun;    // "dataset"
  const char* lister;  // the call that lists them, for remedies: "ListDatasets"
  v1::ErrorReason not_found;
  v1::ErrorReason exists;
};
inline constexpr Resource kDatasets = {"datasets", "dataset", "ListDatasets", v1::ERROR_REASON_DATASET_NOT_FOUND,
                                       v1::ERROR_REASON_DATASET_EXISTS};
inline constexpr Resource kJobs = {"jobs", "job", "ListJobs", v1::ERROR_REASON_JOB_NOT_FOUND,
                                   v1::ERROR_REASON_JOB_EXISTS};
inline constexpr Resource kFields = {"fields", "field", "ListFields", v1::ERROR_REASON_FIELD_NOT_FOUND,
                                     v1::ERROR_REASON_FIELD_EXISTS};

// A message as text for a column (base64: PostgreSQL's text ends at NUL), and back.
std::string Encode(const google::protobuf::MessageLite& message);
absl::Status Decode(const std::string& text, google::protobuf::MessageLite* message);

// Reads the row named `name`; NOT_FOUND names the resource and the remedy.
absl::Status ReadRow(Sql& sql, const Resource& resource, absl::string_view name,
                     google::protobuf::MessageLite* message);
// Whether there is a row named `name`.
bool HasRow(Sql& sql, const Resource& resource, absl::string_view name);
// The uids of all rows.
std::vector<std::string> ReadUids(Sql& sql, const Resource& resource);
absl::Status NotFound(const Resource& resource, absl::string_view name);
absl::Status AlreadyExists(const Resource& resource, absl::string_view name);

// A page ends once it has about this many bytes, however few its rows: callers take messages of 4 MiB by default.
inline constexpr size_t kPageBytes = 2 << 20;

// The messages of up to page_size + 1 rows in the order of names, after the name `after`; fewer if fewer fill a page.
std::vector<std::string> ReadRowsAfter(Sql& sql, const Resource& resource, const std::string& after, int page_size);

// A page token holds the last key of the page before.
std::string PageToken(const Resource& resource, absl::string_view last_key);
absl::StatusOr<std::string> LastKey(const Resource& resource, absl::string_view page_token);

// Makes a page of at least one message from up to page_size + 1 encoded messages. `key` takes the page's last message
// and its index, and returns the key of its place in the order.
template <typename T, typename Key>
absl::StatusOr<Page<T>> ToPage(const Resource& resource, const std::vector<std::string>& rows, int page_size, Key key) {
  Page<T> page;
  size_t bytes = 0;
  for (const std::string& row : rows) {
    bytes += row.size();
    const size_t count = page.items.size();
    if (static_cast<int>(count) == page_size || (count > 0 && bytes > kPageBytes)) {
      page.next_page_token = PageToken(resource, key(page.items.back(), count - 1));
      break;
    }
    if (absl::Status status = Decode(row, &page.items.emplace_back()); !status.ok()) return status;
  }
  return page;
}

// The work of Get and List for resources in the order of their names.
template <typename T>
absl::StatusOr<T> ReadNamed(Database& database, const Resource& resource, absl::string_view name) {
  T message;
  absl::Status status = database.Read([&](Sql& sql) { return ReadRow(sql, resource, name, &message); });
  if (!status.ok()) return status;
  return message;
}
template <typename T>
absl::StatusOr<Page<T>> ListNamed(Database& database, const Resource& resource, int page_size,
                                  absl::string_view page_token) {
  const absl::StatusOr<std::string> after = LastKey(resource, page_token);
  if (!after.ok()) return after.status();
  std::vector<std::string> rows;
  absl::Status status = database.Read([&](Sql& sql) {
    rows = ReadRowsAfter(sql, resource, *after, page_size);
    return absl::OkStatus();
  });
  if (!status.ok()) return status;
  return ToPage<T>(resource, rows, page_size, [](const T& last, size_t) { return last.name(); });
}

// OK if `etag` is empty or the current etag; otherwise ABORTED.
absl::Status CheckEtag(absl::string_view etag, absl::string_view current, absl::string_view name);

// Whether the request's id is known: then `*made` is the resource that the request made (INVALID_ARGUMENT if that
// request asked for something else). Otherwise RecordRequest keeps the id after the work, until ForgetRequest when the
// resource is deleted.
absl::StatusOr<bool> FindRequest(Sql& sql, const Resource& resource, const RequestKey& request,
                                 google::protobuf::MessageLite* made);
void RecordRequest(Sql& sql, const Resource& resource, const RequestKey& request, const std::string& uid);
void ForgetRequest(Sql& sql, const std::string& uid);

std::string NewEtag();
google::protobuf::Timestamp Now();

}  // namespace actionmatch

#endif  // ACTIONMATCH_SERVER_STORE_RESOURCE_ROWS_H_
