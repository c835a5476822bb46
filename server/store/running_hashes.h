// AppendState: the running content hashes of the datasets that a process appends to. An append goes on from the hash so
// far, and need not read all earlier batches again.

#ifndef ACTIONMATCH_SERVER_STORE_RUNNING_HASHES_H_
#define ACTIONMATCH_SERVER_STORE_RUNNING_HASHES_H_

#include <atomic>
#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"

struct evp_md_ctx_st;

namespace actionmatch {

// A SHA-256 that can be read at any point and then goes on. Copies go on independently.
class StreamingHash {
 public:
  StreamingHash();
  StreamingHash(const StreamingHash& other);
  StreamingHash& operator=(const StreamingHash& other);
  ~StreamingHash();

  void Update(absl::string_view bytes);
  std::string Hex() const;  // of all bytes so far, in lower-case hexadecimal

 private:
  evp_md_ctx_st* context_;
};

// Thread-safe.
class AppendState {
 public:
  // The state of one dataset, whose appends happen one at a time, under `mutex`.
  struct Entry {
    absl::Mutex mutex;
    std::atomic<int64_t> last_batch = 0;  // the last batch in `hash`; changes with `hash`
    StreamingHash hash ABSL_GUARDED_BY(mutex);
  };

  // The entry of a dataset; a new one if the dataset is not among the last kEntries that were asked for.
  std::shared_ptr<Entry> Find(absl::string_view dataset_uid) ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  static constexpr size_t kEntries = 256;

  absl::Mutex mutex_;
  // The entry that was asked for last comes first.
  std::list<std::pair<std::string, std::shared_ptr<Entry>>> entries_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace actionmatch

#endif  // ACTIONMATCH_SERVER_STORE_RUNNING_HASHES_H_
