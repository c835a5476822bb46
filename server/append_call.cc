#include "server/append_call.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "server/names.h"
#include "server/snapshot_batch.h"

namespace actionmatch {
namespace {

// Reading pauses while this much waits.
constexpr size_t kRoomBytes = 8 << 20;
constexpr size_t kRoomMessages = 64;

}  // namespace

AppendCall::AppendCall(CallRuntime& runtime, grpc::CallbackServerContext* context, Store& store)
    : call_(runtime, context, "DatasetService/AppendSnapshots"), store_(store) {
  absl::MutexLock lock(&mutex_);
  if (!call_.admission().ok()) {
    finished_ = true;
    Finish(call_.End(call_.admission()));
    return;
  }
  reading_ = true;
  StartRead(&incoming_);
}

void AppendCall::FinishIf(bool done) {
  if (done) Finish(call_.End(call_.Check()));
}

bool AppendCall::GoOn() {
  if (finished_) return false;
  if (!appending_ && !queue_.empty()) {
    appending_ = true;
    call_.runtime().disk.Run([this] { AppendQueued(); });
  }
  if (!appending_ && read_all_) {
    finished_ = true;
    return true;
  }
  if (!reading_ && !read_all_ && queued_bytes_ < kRoomBytes && queue_.size() < kRoomMessages) {
    reading_ = true;
    StartRead(&incoming_);
  }
  return false;
}

void AppendCall::OnReadDone(bool ok) {
  bool done = false;
  {
    absl::MutexLock lock(&mutex_);
    reading_ = false;
    if (ok) {
      queued_bytes_ += incoming_.ByteSizeLong();
      queue_.push_back(std::move(incoming_));
      incoming_.Clear();
    } else {
      read_all_ = true;
    }
    done = GoOn();
  }
  FinishIf(done);
}

void AppendCall::OnWriteDone(bool ok) {
  if (!ok) call_.Cancel();
  bool done = false;
  {
    absl::MutexLock lock(&mutex_);
    appending_ = false;
    done = GoOn();
  }
  FinishIf(done);
}

absl::Status AppendCall::Append(const std::vector<v1::AppendSnapshotsRequest>& group) {
  std::vector<v1::SnapshotBatch> batches;
  absl::Status refusal;
  for (const v1::AppendSnapshotsRequest& request : group) {
    if (dataset_.empty()) {
      refusal = CheckName(request.dataset(), "datasets", "dataset");
      if (!refusal.ok()) break;
      dataset_ = request.dataset();
    } else if (!request.dataset().empty() && request.dataset() != dataset_) {
      refusal =
          absl::InvalidArgumentError(absl::StrCat("dataset is ", Quoted(request.dataset()), ", but this stream is for ",
                                                  dataset_, ": use one stream for each dataset"));
      break;
    }
    if (!request.has_batch()) {
      refusal = absl::InvalidArgumentError("batch is required in every message");
    } else {
      refusal = CheckBatch(request.batch());
    }
    if (!refusal.ok()) break;
    batches.push_back(request.batch());
  }
  if (batches.empty()) return refusal;
  Store::Added added;
  const absl::Status status = store_.AppendBatches(dataset_, batches, &acknowledged_, &added);
  call_.runtime().telemetry.CountIngested(added.rows, added.bytes);
  return status.ok() ? refusal : status;
}

void AppendCall::AppendQueued() {
  std::vector<v1::AppendSnapshotsRequest> group;
  {
    absl::MutexLock lock(&mutex_);
    group.swap(queue_);
    queued_bytes_ = 0;
    GoOn();
  }
  const absl::Status status = call_.Guard([&] { return Append(group); });
  if (status.ok()) {
    StartWrite(&acknowledged_);
    return;
  }
  {
    absl::MutexLock lock(&mutex_);
    finished_ = true;
  }
  const grpc::Status end = call_.End(status);
  if (acknowledged_.acknowledged_batch() > 0) {
    StartWriteAndFinish(&acknowledged_, grpc::WriteOptions(), end);
  } else {
    Finish(end);
  }
}

}  // namespace actionmatch
