#include "server/store/resource_rows.h"

#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "core/cause.h"
#include "server/messages/names.h"
#include "server/process/uid.h"

namespace actionmatch {

std::string Encode(const google::protobuf::MessageLite& message) {
  return absl::Base64Escape(message.SerializeAsString());
}

absl::Status Decode(const std::string& text, google::protobuf::MessageLite* message) {
  std::string bytes;
  if (!absl::Base64Unescape(text, &bytes) || !message->ParseFromString(bytes)) {
    return ErrorOf(kDataDamaged, {},
                   absl::StrCat("the database holds a damaged ", message->GetTypeName(),
                                ": restore actionmatch.db from a backup"));
  }
  return absl::OkStatus();
}

absl::Status NotFound(const Resource& resource, absl::string_view name) {
  return ErrorOf(
      resource.not_found, {{"name", std::string(name)}},
      absl::StrCat("there is no ", resource.noun, " named ", name, ": ", resource.lister, " shows those there are"));
}

absl::Status AlreadyExists(const Resource& resource, absl::string_view name) {
  return ErrorOf(
      resource.exists, {{"name", std::string(name)}},
      absl::StrCat("a ", resource.noun, " named ", name, " exists already: choose another name, or delete that one"));
}

absl::Status ReadRow(Sql& sql, const Resource& resource, absl::string_view name,
                     google::protobuf::MessageLite* message) {
  std::string text;
  const std::string key(name);
  if (!sql.Find(absl::StrCat("SELECT message FROM ", resource.table, " WHERE name = :name"), {key}, {&text})) {
    return NotFound(resource, name);
  }
  return Decode(text, message);
}

bool HasRow(Sql& sql, const Resource& resource, absl::string_view name) {
  int count = 0;
  const std::string key(name);
  sql.Find(absl::StrCat("SELECT COUNT(*) FROM ", resource.table, " WHERE name = :name"), {key}, {&count});
  return count > 0;
}

std::vector<std::string> ReadUids(Sql& sql, const Resource& resource) {
  std::vector<std::string> uids;
  std::string uid;
  sql.ForEach(absl::StrCat("SELECT uid FROM ", resource.table), {}, {&uid}, [&] {
    uids.push_back(uid);
    return true;
  });
  return uids;
}

std::vector<std::string> ReadRowsAfter(Sql& sql, const Resource& resource, const std::string& after, int page_size) {
  std::vector<std::string> rows;
  size_t bytes = 0;
  std::string row;
  sql.ForEach(absl::StrCat("SELECT message FROM ", resource.table, " WHERE name > :after ORDER BY name LIMIT :count"),
              {after, page_size + 1}, {&row}, [&] {
                rows.push_back(row);
                bytes += row.size();
                return rows.size() == 1 || bytes <= kPageBytes;
              });
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
  return ErrorOf(v1::ERROR_REASON_INVALID_PAGE_TOKEN, {},
                 absl::StrCat("page_token is not one that ", resource.lister,
                              " gave: pass next_page_token of the page before, or leave it empty for the first page"));
}

absl::Status CheckEtag(absl::string_view etag, absl::string_view current, absl::string_view name) {
  if (etag.empty() || etag == current) return absl::OkStatus();
  return ErrorOf(v1::ERROR_REASON_ETAG_MISMATCH, {{"name", std::string(name)}, {"current", std::string(current)}},
                 absl::StrCat(name, " has changed since etag ", Quoted(etag), " (it is ", current,
                              " now): read it again and decide anew"));
}

absl::StatusOr<bool> FindRequest(Sql& sql, const Resource& resource, const RequestKey& request,
                                 google::protobuf::MessageLite* made) {
  if (request.id.empty()) return false;
  std::string fingerprint;
  std::string name;
  std::string text;
  const std::string kind = resource.table;
  const bool found =
      sql.Find(absl::StrCat("SELECT requests.fingerprint, made.name, made.message FROM requests JOIN ", resource.table,
                            " made ON made.uid = requests.uid WHERE requests.kind = :kind AND requests.id = :id"),
               {kind, request.id}, {&fingerprint, &name, &text});
  if (!found) return false;
  if (fingerprint != request.fingerprint) {
    return ErrorOf(v1::ERROR_REASON_REQUEST_ID_REUSED, {{"name", name}},
                   absl::StrCat("request_id was used before, for a request with other content that made ", name,
                                ": use a new id for a new request"));
  }
  if (absl::Status status = Decode(text, made); !status.ok()) return status;
  return true;
}

void RecordRequest(Sql& sql, const Resource& resource, const RequestKey& request, const std::string& uid) {
  if (request.id.empty()) return;
  const std::string kind = resource.table;
  sql.Run("INSERT INTO requests (kind, id, fingerprint, uid) VALUES (:kind, :id, :fingerprint, :uid)",
          {kind, request.id, request.fingerprint, uid});
}

void ForgetRequest(Sql& sql, const std::string& uid) { sql.Run("DELETE FROM requests WHERE uid = :uid", {uid}); }

std::string NewEtag() { return NewUid().substr(0, 16); }

google::protobuf::Timestamp Now() {
  const absl::Time now = absl::Now();
  google::protobuf::Timestamp timestamp;
  const int64_t seconds = absl::ToUnixSeconds(now);
  timestamp.set_seconds(seconds);
  timestamp.set_nanos(static_cast<int32_t>(absl::ToInt64Nanoseconds(now - absl::FromUnixSeconds(seconds))));
  return timestamp;
}

}  // namespace actionmatch
