// One wrapper for every call: admission, deadline, running on the right threads, mapping errors, counting, logging.
// Handlers only translate.
//
//   grpc::ServerUnaryReactor* GetJob(context, request, response) override {
//     return RunUnary(runtime_, context, "JobService/GetJob", runtime_.disk, [=, this](const Call&) { ... });
//   }

#ifndef ACTIONMATCH_SERVER_CALLS_CALL_H_
#define ACTIONMATCH_SERVER_CALLS_CALL_H_

#include <grpcpp/grpcpp.h>

#include <atomic>
#include <functional>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "server/monitoring/telemetry.h"
#include "server/process/executor.h"

namespace actionmatch {

// The state that all calls share. It outlives the calls. Thread-safe.
class CallRuntime {
 public:
  // most_calls: the limit on calls under way at once, streams included; further calls are RESOURCE_EXHAUSTED.
  CallRuntime(Telemetry& telemetry, Executor& disk, Executor& compute, int64_t most_calls)
      : telemetry(telemetry), disk(disk), compute(compute), most_calls_(most_calls) {}

  // From now on new calls are UNAVAILABLE. Blocks until the calls under way have ended, but no longer than `timeout`.
  void Drain(absl::Duration timeout) ABSL_LOCKS_EXCLUDED(mutex_);
  bool draining() const { return draining_; }

  Telemetry& telemetry;
  Executor& disk;     // short work that may block on the store
  Executor& compute;  // long work

 private:
  friend class Call;

  const int64_t most_calls_;
  std::atomic<bool> draining_ = false;
  absl::Mutex mutex_;
  int64_t active_ ABSL_GUARDED_BY(mutex_) = 0;    // calls that have not ended
  int64_t admitted_ ABSL_GUARDED_BY(mutex_) = 0;  // of those, the calls that were not refused
};

// One call under way. Thread-safe. End is called once.
class Call {
 public:
  // Reads the caller's `x-request-id`, or makes one, and puts this id into the answer's trailing metadata.
  Call(CallRuntime& runtime, grpc::CallbackServerContext* context, const char* method);

  // Whether the call may begin: UNAVAILABLE if it came while the server drained, RESOURCE_EXHAUSTED if most_calls were
  // under way. A call that may not begin is ended at once.
  const absl::Status& admission() const { return admission_; }
  // CANCELLED or DEADLINE_EXCEEDED once nobody waits for the answer any more. Long work calls it between its pieces.
  absl::Status Check() const;
  // UNAVAILABLE while the server drains, for streams that would otherwise go on.
  absl::Status CheckDraining() const;
  void Cancel() { cancelled_ = true; }
  CallRuntime& runtime() const { return runtime_; }
  const std::string& request_id() const { return request_id_; }

  // Runs a piece of the call's work, unless Check fails. Only here do exceptions of the work (LibTorch's, out of
  // memory) become an error.
  absl::Status Guard(const std::function<absl::Status()>& work) const;

  // Counts and logs the call's end. Returns the status for gRPC.
  grpc::Status End(const absl::Status& status);

 private:
  CallRuntime& runtime_;
  const char* const method_;
  const absl::Time start_;
  const absl::Time deadline_;
  const std::string peer_;
  std::string request_id_;
  absl::Status admission_;  // constant after construction
  std::atomic<bool> cancelled_ = false;
};

using UnaryWork = std::function<absl::Status(const Call&)>;

// Runs `work` on the executor, then answers. Request and response stay valid until then.
grpc::ServerUnaryReactor* RunUnary(CallRuntime& runtime, grpc::CallbackServerContext* context, const char* method,
                                   Executor& executor, UnaryWork work);

// The result of one call of a stream's producer.
enum class Produced { kMessage, kNothingYet, kEnd };

// Makes the stream's next message. It is called on an executor's thread, never by two threads at once, and only after
// the reader has taken the message before, so that a slow reader holds no thread.
template <typename Message>
using Producer = std::function<absl::StatusOr<Produced>(Message*)>;

// Answers with a stream: `open` runs on `executor` and returns the producer, whose calls run on the disk's threads.
template <typename Message>
class StreamReactor final : public grpc::ServerWriteReactor<Message> {
 public:
  using Open = std::function<absl::StatusOr<Producer<Message>>(const Call&)>;

  StreamReactor(CallRuntime& runtime, grpc::CallbackServerContext* context, const char* method, Executor& executor,
                Open open)
      : call_(runtime, context, method) {
    if (!call_.admission().ok()) {
      End(call_.admission());
      return;
    }
    executor.Run([this, open = std::move(open)] {
      const absl::Status status = call_.Guard([&] {
        absl::StatusOr<Producer<Message>> producer = open(call_);
        if (!producer.ok()) return producer.status();
        producer_ = *std::move(producer);
        return absl::OkStatus();
      });
      status.ok() ? Step() : End(status);
    });
  }

 private:
  static constexpr absl::Duration kPause = absl::Milliseconds(50);

  void Step() {
    Produced produced = Produced::kEnd;
    const absl::Status status = call_.Guard([&] {
      message_.Clear();
      absl::StatusOr<Produced> made = producer_(&message_);
      if (made.ok()) produced = *made;
      return made.status();
    });
    if (!status.ok() || produced == Produced::kEnd) {
      End(status);
    } else if (produced == Produced::kMessage) {
      this->StartWrite(&message_);
    } else {
      call_.runtime().disk.RunAfter(kPause, [this] { Step(); });
    }
  }
  void End(const absl::Status& status) { this->Finish(call_.End(status)); }

  void OnWriteDone(bool ok) override {
    if (!ok) call_.Cancel();
    call_.runtime().disk.Run([this] { Step(); });
  }
  void OnCancel() override { call_.Cancel(); }
  void OnDone() override { delete this; }

  Call call_;
  Producer<Message> producer_;
  Message message_;
};

}  // namespace actionmatch

#endif  // ACTIONMATCH_SERVER_CALLS_CALL_H_
