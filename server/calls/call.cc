#include "server/calls/call.h"

#include <exception>
#include <new>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "server/calls/grpc_status.h"
#include "server/messages/error_reasons.h"
#include "server/process/log.h"
#include "server/process/uid.h"
#include "server/store/store.h"

namespace actionmatch {
namespace {

constexpr char kRequestId[] = "x-request-id";
constexpr size_t kLongestRequestId = 128;

std::string RequestIdOf(const grpc::CallbackServerContext& context) {
  const auto it = context.client_metadata().find(kRequestId);
  if (it == context.client_metadata().end()) return NewUid().substr(0, 16);
  return std::string(it->second.data(), std::min(it->second.size(), kLongestRequestId));
}

class UnaryReactor final : public grpc::ServerUnaryReactor {
 public:
  UnaryReactor(CallRuntime& runtime, grpc::CallbackServerContext* context, const char* method, Executor& executor,
               UnaryWork work)
      : call_(runtime, context, method) {
    if (!call_.admission().ok()) {
      Finish(call_.End(call_.admission()));
      return;
    }
    executor.Run([this, work = std::move(work)] {
      const absl::Status status = call_.Guard([&] { return work(call_); });
      Finish(call_.End(status));
    });
  }

 private:
  void OnCancel() override { call_.Cancel(); }
  void OnDone() override { delete this; }

  Call call_;
};

}  // namespace

void CallRuntime::Drain(absl::Duration timeout) {
  draining_ = true;
  absl::MutexLock lock(&mutex_);
  mutex_.AwaitWithTimeout(absl::Condition(
                              +[](int64_t* active) { return *active == 0; }, &active_),
                          timeout);
}

Call::Call(CallRuntime& runtime, grpc::CallbackServerContext* context, const char* method)
    : runtime_(runtime),
      method_(method),
      start_(absl::Now()),
      deadline_(absl::FromChrono(context->deadline())),
      peer_(context->peer()),
      request_id_(RequestIdOf(*context)) {
  context->AddTrailingMetadata(kRequestId, request_id_);
  runtime_.telemetry.BeginCall(method_);
  absl::MutexLock lock(&runtime_.mutex_);
  ++runtime_.active_;
  admission_ = CheckDraining();
  if (admission_.ok() && runtime_.admitted_ >= runtime_.most_calls_) {
    admission_ =
        ErrorOf(v1::ERROR_REASON_SERVER_BUSY, {{"limit", absl::StrCat(runtime_.most_calls_)}},
                absl::StrCat("the server is busy: ", runtime_.admitted_,
                             " calls are under way, which is the limit (--max-calls); try again a little later"));
  }
  if (admission_.ok()) ++runtime_.admitted_;
}

absl::Status Call::Check() const {
  if (absl::Now() >= deadline_) {
    return absl::DeadlineExceededError("the call's deadline has passed: allow more time, or ask for less");
  }
  if (cancelled_) return absl::CancelledError("the caller cancelled the call");
  return absl::OkStatus();
}

absl::Status Call::CheckDraining() const {
  if (!runtime_.draining()) return absl::OkStatus();
  return ErrorOf(v1::ERROR_REASON_SERVER_DRAINING, {}, "the server is shutting down: call again");
}

absl::Status Call::Guard(const std::function<absl::Status()>& work) const {
  if (absl::Status status = Check(); !status.ok()) return status;
  try {
    return work();
  } catch (const std::bad_alloc&) {
    return ErrorOf(v1::ERROR_REASON_OUT_OF_MEMORY, {}, "the server is out of memory: ask for less at once");
  } catch (const std::exception& error) {
    return absl::InternalError(error.what());
  }
}

grpc::Status Call::End(const absl::Status& status) {
  const absl::Duration latency = absl::Now() - start_;
  runtime_.telemetry.EndCall(method_, status.code(), latency);
  LogInfo("call", {{"method", method_},
                   {"code", absl::StatusCodeToString(status.code())},
                   {"seconds", absl::ToDoubleSeconds(latency)},
                   {"request_id", request_id_},
                   {"peer", peer_},
                   {"message", status.message()}});
  absl::MutexLock lock(&runtime_.mutex_);
  --runtime_.active_;
  if (admission_.ok()) --runtime_.admitted_;
  return ToGrpc(status);
}

grpc::ServerUnaryReactor* RunUnary(CallRuntime& runtime, grpc::CallbackServerContext* context, const char* method,
                                   Executor& executor, UnaryWork work) {
  return new UnaryReactor(runtime, context, method, executor, std::move(work));
}

}  // namespace actionmatch
