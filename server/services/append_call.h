// One AppendSnapshots stream.

#ifndef ACTIONMATCH_SERVER_SERVICES_APPEND_CALL_H_
#define ACTIONMATCH_SERVER_SERVICES_APPEND_CALL_H_

#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "actionmatch/v1/dataset.pb.h"
#include "server/calls/call.h"
#include "server/store/store.h"

namespace actionmatch {

// Reads while there is room, appends all queued batches as one group on the disk's threads, acknowledges them, and goes
// on with the batches that have come in meanwhile. If the store must first read the dataset's batches, it does so on
// the compute executor's threads, since a large dataset takes long. The object owns itself and ends with the stream.
class AppendCall final : public grpc::ServerBidiReactor<v1::AppendSnapshotsRequest, v1::AppendSnapshotsResponse> {
 public:
  AppendCall(CallRuntime& runtime, grpc::CallbackServerContext* context, Store& store);

 private:
  void OnReadDone(bool ok) override ABSL_LOCKS_EXCLUDED(mutex_);
  void OnWriteDone(bool ok) override ABSL_LOCKS_EXCLUDED(mutex_);
  void OnCancel() override { call_.Cancel(); }
  void OnDone() override { delete this; }

  // Starts a read or a group, if either can start. True if all is done: then the caller finishes the stream, but not
  // under the lock, since the object may be gone before Finish returns.
  bool GoOn() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void FinishIf(bool done);
  // AppendQueued takes the queued messages as a group, and AppendGroup appends the group. On a thread of the disk.
  void AppendQueued() ABSL_LOCKS_EXCLUDED(mutex_);
  void AppendGroup() ABSL_LOCKS_EXCLUDED(mutex_);
  // Appends the group, unless the store is far behind.
  absl::Status Append(bool* far_behind);
  // Lets the store catch up, then appends the group. On a thread of the compute executor.
  void CatchUp() ABSL_LOCKS_EXCLUDED(mutex_);
  void End(const absl::Status& status) ABSL_LOCKS_EXCLUDED(mutex_);

  Call call_;
  Store& store_;
  v1::AppendSnapshotsRequest incoming_;  // touched only between StartRead and OnReadDone
  // Touched only while appending_.
  std::string dataset_;  // the first message's
  std::vector<v1::AppendSnapshotsRequest> group_;
  bool caught_up_ = false;
  v1::AppendSnapshotsResponse acknowledged_;

  absl::Mutex mutex_;
  std::vector<v1::AppendSnapshotsRequest> queue_ ABSL_GUARDED_BY(mutex_);
  size_t queued_bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  bool reading_ ABSL_GUARDED_BY(mutex_) = false;
  bool read_all_ ABSL_GUARDED_BY(mutex_) = false;
  bool appending_ ABSL_GUARDED_BY(mutex_) = false;  // from the start of a group to its acknowledgement
  bool finished_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace actionmatch

#endif  // ACTIONMATCH_SERVER_SERVICES_APPEND_CALL_H_
