// FieldCache: the fields that were used last, parsed and in memory.

#ifndef ACTIONMATCH_SERVER_SERVICES_FIELD_CACHE_H_
#define ACTIONMATCH_SERVER_SERVICES_FIELD_CACHE_H_

#include <cstdint>
#include <list>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "actionmatch/v1/field.pb.h"
#include "core/field/field.h"
#include "server/store/store.h"

namespace actionmatch {

// A field with its row.
struct LoadedField {
  v1::Field row;
  std::shared_ptr<const Field> field;
};

// Thread-safe. May block on disk. Entries are found by uid and never grow stale, since fields are immutable.
class FieldCache {
 public:
  // Keeps fields whose files have up to `most_bytes` together, and always the field that was used last.
  FieldCache(Store& store, int64_t most_bytes) : store_(store), most_bytes_(most_bytes) {}

  // NOT_FOUND, or DATA_LOSS for a damaged file.
  absl::StatusOr<LoadedField> Load(absl::string_view name) ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  std::shared_ptr<const Field> Find(const std::string& uid) ABSL_LOCKS_EXCLUDED(mutex_);
  void Keep(const LoadedField& loaded) ABSL_LOCKS_EXCLUDED(mutex_);

  Store& store_;
  const int64_t most_bytes_;
  absl::Mutex mutex_;
  std::list<LoadedField> entries_ ABSL_GUARDED_BY(mutex_);  // the entry that was used last comes first
  int64_t bytes_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace actionmatch

#endif  // ACTIONMATCH_SERVER_SERVICES_FIELD_CACHE_H_
