// One wrapper for every call: admission, deadline, running on the right threads, mapping errors, counting, logging.
// Handlers only translate.
//
//   grpc::ServerUnaryReactor* GetJob(context, request, response) override {
//     return RunUnary(runtime_, context, "JobService/GetJob", runtime_.disk, [=, this](const Call&) { ... });
//   }

#ifndef ACTIONMATCH_SERVER_CALL_H_
#define ACTIONMATCH_SERVER_CALL_H_

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
#include "server/executor.h"
#include "server/telemetry.h"

namespace actionmatch {

// What all calls share. Outlives them. Thread-safe.
class CallRuntime {
 public:
  CallRuntime(Telemetry& telemetry, Executor& disk, Executor& compute)
      : telemetry(telemetry), disk(disk), compute(compute) {}

  // From now on new calls are UNAVAILABLE. Blocks until the others have ended, at most this long.
  void Drain(absl::Duration timeout) ABSL_LOCKS_EXCLUDED(mutex_);
  bool draining() const { return draining_; }

  Telemetry& telemetry;
  Executor& disk;     // short work that may block on the store
  Executor& compute;  // long work

 private:
  friend class Call;

  std::atomic<bool> draining_ = false;
  absl::Mutex mutex_;
  int64_t active_ ABSL_GUARDED_BY(mutex_) = 0;  // calls that have not ended
};

// One call under way. Thread-safe, but End is called once.
class Call {
 public:
  // Reads the caller's `x-request-id`, or makes one, and answers with it in the trailing metadata.
  Call(CallRuntime& runtime, grpc::CallbackServerContext* context, const char* method);

  // CANCELLED or DEADLINE_EXCEEDED once nobody waits for the answer any more: ask between pieces of long work.
  // UNAVAILABLE for a call that came while the server drained.
  absl::Status Check() const;
  // UNAVAILABLE while the server drains: for streams that would else go on.
  absl::Status CheckDraining() const;
  void Cancel() { cancelled_ = true; }
  CallRuntime& runtime() const { return runtime_; }
  const std::string& request_id() const { return request_id_; }

  // Runs a piece of the call's work: the one place where its exceptions (LibTorch's, out of memory) become an error.
  // Not run at all once Check fails.
  absl::Status Guard(const std::function<absl::Status()>& work) const;

  // Counts and logs the call's end.
  grpc::Status End(const absl::Status& status);

 private:
  CallRuntime& runtime_;
  const char* const method_;
  const absl::Time start_;
  const absl::Time deadline_;
  const std::string peer_;
  const bool too_late_;  // the server was draining already
  std::string request_id_;
  std::atomic<bool> cancelled_ = false;
};

grpc::Status ToGrpc(const absl::Status& status);

using UnaryWork = std::function<absl::Status(const Call&)>;

// Runs `work` on the executor, then answers. Request and response stay valid until then.
grpc::ServerUnaryReactor* RunUnary(CallRuntime& runtime, grpc::CallbackServerContext* context, const char* method,
                                   Executor& executor, UnaryWork work);

// What a producer of a stream's messages made.
enum class Produced { kMessage, kNothingYet, kEnd };

// Makes the stream's next message. Called on an executor's thread, never at once, and only after the message before was
// taken: a slow reader holds no thread.
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
    const absl::Status admitted = executor.Submit([this, open = std::move(open)] {
      const absl::Status status = call_.Guard([&] {
        absl::StatusOr<Producer<Message>> producer = open(call_);
        if (!producer.ok()) return producer.status();
        producer_ = *std::move(producer);
        return absl::OkStatus();
      });
      status.ok() ? Step() : End(status);
    });
    if (!admitted.ok()) End(admitted);
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
      call_.runtime().disk.ContinueAfter(kPause, [this] { Step(); });
    }
  }
  void End(const absl::Status& status) { this->Finish(call_.End(status)); }

  void OnWriteDone(bool ok) override {
    if (!ok) call_.Cancel();
    call_.runtime().disk.Continue([this] { Step(); });
  }
  void OnCancel() override { call_.Cancel(); }
  void OnDone() override { delete this; }

  Call call_;
  Producer<Message> producer_;
  Message message_;
};

}  // namespace actionmatch

#endif  // ACTIONMATCH_SERVER_CALL_H_
