#include "server/services/field_cache.h"

#include <algorithm>
#include <utility>

namespace actionmatch {

std::shared_ptr<const Field> FieldCache::Find(const std::string& uid) {
  absl::MutexLock lock(&mutex_);
  const auto it =
      std::find_if(entries_.begin(), entries_.end(), [&](const LoadedField& entry) { return entry.row.uid() == uid; });
  if (it == entries_.end()) return nullptr;
  entries_.splice(entries_.begin(), entries_, it);
  return it->field;
}

void FieldCache::Keep(const LoadedField& loaded) {
  if (Find(loaded.row.uid()) != nullptr) return;  // another call has loaded it meanwhile
  absl::MutexLock lock(&mutex_);
  entries_.push_front(loaded);
  bytes_ += loaded.row.file_bytes();
  while (bytes_ > most_bytes_ && entries_.size() > 1) {
    bytes_ -= entries_.back().row.file_bytes();
    entries_.pop_back();
  }
}

absl::StatusOr<LoadedField> FieldCache::Load(absl::string_view name) {
  absl::StatusOr<v1::Field> row = store_.GetField(name);
  if (!row.ok()) return row.status();
  LoadedField loaded{*std::move(row), nullptr};
  loaded.field = Find(loaded.row.uid());
  if (loaded.field != nullptr) return loaded;
  absl::StatusOr<std::string> bytes = store_.ReadFieldFile(loaded.row);
  if (!bytes.ok()) return bytes.status();
  absl::StatusOr<std::shared_ptr<const Field>> field = Field::Parse(*bytes);
  if (!field.ok()) return field.status();
  loaded.field = *std::move(field);
  Keep(loaded);
  return loaded;
}

}  // namespace actionmatch
