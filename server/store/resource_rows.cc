#include "server/store/resource_rows.h"

#include <soci/soci.h>

#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "server/messages/names.h"
#include "server/process/uid.h"

namespace actionmatch {

std::string Encode(const google::protobuf::MessageLite& message) {
  return absl::Base64Escape(message.SerializeAsString());
}

absl::Status Decode(const std::string& text, google::protobuf::MessageLite* message) {
  std::string bytes;
  if (!absl::Base64Unescape(text, &bytes) || !message->ParseFromString(bytes)) {
    return absl::DataLossError(absl::StrCat("the database holds a damaged ", message->GetTypeName(),
                                            ": restore actionmatch.db from a backup"));
  }
  return absl::OkStatus();
}

absl::Status NotFound(const Resource& resource, absl::string_view name) {
  return absl::NotFoundError(
      absl::StrCat("there is no ", resource.noun, " named ", name, ": ", resource.lister, " shows those there are"));
}

absl::Status AlreadyExists(const Resource& resource, absl::string_view name) {
  return absl::AlreadyExistsError(
      absl::StrCat("a ", resource.noun, " named ", name, " exists already: choose another name, or delete that one"));
}

absl::Status ReadRow(soci::session& sql, const Resource& resource, absl::string_view name,
                     google::protobuf::MessageLite* message) {
  std::string text;
  const std::string key(name);
  sql << "SELECT message FROM " << resource.table << " WHERE name = :name", soci::use(key), soci::into(text);
  if (!sql.got_data()) return NotFound(resource, name);
  return Decode(text, message);
}

bool HasRow(soci::session& sql, const Resource& resource, absl::string_view name) {
  int count = 0;
  const std::string key(name);
  sql << "SELECT COUNT(*) FROM " << resource.table << " WHERE name = :name", soci::use(key), soci::into(count);
  return count > 0;
}

std::vector<std::string> ReadRowsAfter(soci::session& sql, const Resource& resource, const std::string& after,
                                       int page_size) {
  const soci::rowset<std::string> found = (sql.prepare << "SELECT message FROM " << resource.table
                                                       << " WHERE name > :after ORDER BY name LIMIT " << page_size + 1,
                                           soci::use(after));
  std::vector<std::string> rows;
  size_t bytes = 0;
  for (const std::string& row : found) {
    rows.push_back(row);
    bytes += row.size();
    if (rows.size() > 1 && bytes > kPageBytes) break;
  }
  return rows;
}

std::string PageToken(const Resource& resource, absl::string_view last_key) {
  return absl::WebSafeBase64Escape(absl::StrCat(resource.table, ":", last_key));
}

absl::StatusOr<std::string> LastKey(const Resource& resource, absl::string_view page_token) {
  if (page_token.empty()) return std::string();
  std::string text;
  absl::string_view key;
  if (absl::WebSafeBase64Unescape(page_token, &text)) {
    key = text;
    if (absl::ConsumePrefix(&key, resource.table) && absl::ConsumePrefix(&key, ":")) return std::string(key);
  }
  return absl::InvalidArgumentError(
      absl::StrCat("page_token is not one that ", resource.lister,
                   " gave: pass next_page_token of the page before, or leave it empty for the first page"));
}

absl::Status CheckEtag(absl::string_view etag, absl::string_view current, absl::string_view name) {
  if (etag.empty() || etag == current) return absl::OkStatus();
  return absl::AbortedError(absl::StrCat(name, " has changed since etag ", Quoted(etag), " (it is ", current,
                                         " now): read it again and decide anew"));
}

absl::StatusOr<bool> FindRequest(soci::session& sql, const Resource& resource, const RequestKey& request,
                                 google::protobuf::MessageLite* made) {
  if (request.id.empty()) return false;
  std::string fingerprint;
  std::string name;
  std::string text;
  const std::string kind = resource.table;
  sql << "SELECT requests.fingerprint, made.name, made.message FROM requests JOIN " << resource.table
      << " made ON made.uid = requests.uid WHERE requests.kind = :kind AND requests.id = :id",
      soci::use(kind), soci::use(request.id), soci::into(fingerprint), soci::into(name), soci::into(text);
  if (!sql.got_data()) return false;
  if (fingerprint != request.fingerprint) {
    return absl::InvalidArgumentError(
        absl::StrCat("request_id was used before, for a request with other content that made ", name,
                     ": use a new id for a new request"));
  }
  if (absl::Status status = Decode(text, made); !status.ok()) return status;
  return true;
}

void RecordRequest(soci::session& sql, const Resource& resource, const RequestKey& request, const std::string& uid) {
  if (request.id.empty()) return;
  const std::string kind = resource.table;
  sql << "INSERT INTO requests (kind, id, fingerprint, uid) VALUES (:kind, :id, :fingerprint, :uid)", soci::use(kind),
      soci::use(request.id), soci::use(request.fingerprint), soci::use(uid);
}

void ForgetRequest(soci::session& sql, const std::string& uid) {
  sql << "DELETE FROM requests WHERE uid = :uid", soci::use(uid);
}

std::string NewEtag() { return NewUid().substr(0, 16); }

google::protobuf::Timestamp Now() {
  const absl::Time now = absl::Now();
  google::protobuf::Timestamp timestamp;
  const int64_t seconds = absl::ToUnixSeconds(now);
  timestamp.set_seconds(seconds);
  timestamp.set_nanos(static_cast<int32_t>(absl::ToInt64Nanoseconds(now - absl::FromUnixSeconds(seconds))));
  return timestamp;
}

int64_t NowMillis() { return absl::ToUnixMillis(absl::Now()); }

}  // namespace actionmatch
