#include "server/services/append_call.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "server/messages/names.h"
#include "server/messages/snapshot_batch.h"
#include "server/messages/violations.h"

namespace actionmatch {
namespace {

// Reading pauses while this many bytes or messages wait.
constexpr size_t kRoomBytes = 8 << 20;
constexpr size_t kRoomMessages = 64;
// The pause before the store is asked again whether another call has read the dataset.
constexpr absl::Duration kPause = absl::Milliseconds(50);

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

absl::Status AppendCall::Append(bool* far_behind) {
  std::vector<v1::SnapshotBatch> batches;
  absl::Status refusal;
  for (const v1::AppendSnapshotsRequest& request : group_) {
    if (dataset_.empty()) {
      refusal = CheckName(request.dataset(), "datasets", "dataset");
      if (!refusal.ok()) break;
      dataset_ = request.dataset();
    } else if (!request.dataset().empty() && request.dataset() != dataset_) {
      refusal = InvalidField("dataset", absl::StrCat("is ", Quoted(request.dataset()), ", but this stream is for ",
                                                     dataset_, ": use one stream for each dataset"));
      break;
    }
    if (!request.has_batch()) {
      refusal = InvalidField("batch", "is required in every message");
    } else {
      refusal = CheckBatch(request.batch());
    }
    if (!refusal.ok()) break;
    batches.push_back(request.batch());
  }
  if (batches.empty()) return refusal;
  if (!caught_up_) {
    const absl::StatusOr<bool> behind = store_.IsFarBehind(dataset_, batches.back().number());
    if (!behind.ok()) return behind.status();
    *far_behind = *behind;
    if (*far_behind) return absl::OkStatus();
  }
  Store::Added added;
  const absl::Status status =
      store_.AppendBatches(dataset_, batches, &acknowledged_, &added, [this] { return call_.Check(); });
  caught_up_ = caught_up_ || added.rows > 0;
  call_.runtime().telemetry.CountIngested(added.rows, added.bytes);
  return status.ok() ? refusal : status;
}

void AppendCall::AppendQueued() {
  group_.clear();
  {
    absl::MutexLock lock(&mutex_);
    group_.swap(queue_);
    queued_bytes_ = 0;
    GoOn();
  }
  AppendGroup();
}

void AppendCall::AppendGroup() {
  bool far_behind = false;
  const absl::Status status = call_.Guard([&] { return Append(&far_behind); });
  if (!status.ok()) {
    End(status);
  } else if (far_behind) {
    call_.runtime().compute.Run([this] { CatchUp(); });
  } else {
    StartWrite(&acknowledged_);
  }
}

void AppendCall::CatchUp() {
  bool done = false;
  const absl::Status status = call_.Guard([&] {
    const absl::StatusOr<bool> read = store_.CatchUp(dataset_, [this] { return call_.Check(); });
    done = read.ok() && *read;
    return read.status();
  });
  if (!status.ok()) {
    End(status);
  } else if (done) {
    caught_up_ = true;
    call_.runtime().disk.Run([this] { AppendGroup(); });
  } else {
    call_.runtime().compute.RunAfter(kPause, [this] { CatchUp(); });
  }
}

void AppendCall::End(const absl::Status& status) {
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
