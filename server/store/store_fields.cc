// Fields in the store.

#include "server/store/store_fields.h"

#include "absl/strings/str_cat.h"
#include "core/storage/tensor_file.h"
#include "server/messages/error_reasons.h"
#include "server/process/uid.h"
#include "server/store/blob_names.h"
#include "server/store/blobs.h"
#include "server/store/database.h"
#include "server/store/resource_rows.h"
#include "server/store/store.h"

namespace actionmatch {

absl::Status InsertField(Sql& sql, const v1::Field& field) {
  if (HasRow(sql, kFields, field.name())) return AlreadyExists(kFields, field.name());
  const std::string text = Encode(field);
  sql.Run("INSERT INTO fields (name, uid, message) VALUES (:name, :uid, :message)", {field.name(), field.uid(), text});
  return absl::OkStatus();
}

absl::Status CheckFieldNameIsFree(Sql& sql, const std::string& name) {
  if (HasRow(sql, kFields, name)) return AlreadyExists(kFields, name);
  std::string job;
  if (!sql.Find("SELECT name FROM jobs WHERE field = :field AND state <= :running LIMIT 1",
                {name, v1::Job::STATE_RUNNING}, {&job})) {
    return absl::OkStatus();
  }
  return ErrorOf(
      v1::ERROR_REASON_FIELD_NAME_RESERVED, {{"name", name}, {"job", job}},
      absl::StrCat("the name ", name, " is reserved by ", job, ", which has not ended: choose another name"));
}

v1::Field NewField(const v1::Field& field) {
  v1::Field made = field;
  made.set_uid(NewUid());
  made.set_etag(NewEtag());
  *made.mutable_create_time() = Now();
  return made;
}

absl::StatusOr<v1::Field> Store::CreateField(const v1::Field& field, absl::string_view bytes) {
  const v1::Field made = NewField(field);
  if (absl::Status status = blobs_->Put(FieldBlob(made.uid()), bytes); !status.ok()) return status;
  absl::Status status = database_->Write([&](Sql& sql) {
    if (absl::Status status = CheckFieldNameIsFree(sql, made.name()); !status.ok()) return status;
    return InsertField(sql, made);
  });
  if (!status.ok()) {
    blobs_->Remove(FieldBlob(made.uid())).IgnoreError();
    return status;
  }
  return made;
}

absl::StatusOr<v1::Field> Store::GetField(absl::string_view name) {
  return ReadNamed<v1::Field>(*database_, kFields, name);
}

absl::StatusOr<Page<v1::Field>> Store::ListFields(int page_size, absl::string_view page_token) {
  return ListNamed<v1::Field>(*database_, kFields, page_size, page_token);
}

absl::Status Store::DeleteField(absl::string_view name, absl::string_view etag) {
  v1::Field field;
  absl::Status status = database_->Write([&](Sql& sql) {
    if (absl::Status status = ReadRow(sql, kFields, name, &field); !status.ok()) return status;
    if (absl::Status status = CheckEtag(etag, field.etag(), name); !status.ok()) return status;
    sql.Run("DELETE FROM fields WHERE uid = :uid", {field.uid()});
    return absl::OkStatus();
  });
  if (!status.ok()) return status;
  blobs_->Remove(FieldBlob(field.uid())).IgnoreError();
  return absl::OkStatus();
}

absl::StatusOr<std::string> Store::ReadFieldFile(const v1::Field& field) {
  const std::string blob = FieldBlob(field.uid());
  absl::StatusOr<std::string> bytes = blobs_->Get(blob);
  if (!bytes.ok() || Sha256Hex(*bytes) != field.file_hash()) {
    // A delete removes the row first, then the file.
    const absl::StatusOr<v1::Field> row = GetField(field.name());
    if (!row.ok()) return row.status();
    if (row->uid() != field.uid()) return NotFound(kFields, field.name());
    return ErrorOf(kDataDamaged, {},
                   absl::StrCat(field.name(), " cannot be read from ", blob, ": ",
                                bytes.ok() ? "its checksum is wrong" : bytes.status().message(),
                                ": import it again, or restore the file from a backup"));
  }
  return bytes;
}

}  // namespace actionmatch
