#include "server/services/job_service.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/calls/request_key.h"
#include "server/calls/responses.h"
#include "server/messages/error_reasons.h"
#include "server/messages/names.h"
#include "server/process/log.h"
#include "server/services/job_plan.h"
#include "server/store/store_jobs.h"

namespace actionmatch {
namespace {

constexpr size_t kMaxProgressBytes = size_t{1} << 20;  // in one message: clients take 4 MiB by default

// Follows one job: sends everything recorded so far, then each change, until the job has ended.
class Watcher {
 public:
  Watcher(const Call& call, Store& store, std::string name, int64_t from_step)
      : call_(call), store_(store), name_(std::move(name)), next_step_(from_step) {}

  absl::StatusOr<Produced> Next(v1::WatchJobResponse* response) {
    if (ended_) return Produced::kEnd;
    if (absl::Status status = call_.CheckDraining(); !status.ok()) return status;
    absl::StatusOr<v1::Job> job = store_.GetJob(name_);
    if (!job.ok()) return job.status();
    if (!uid_.empty() && job->uid() != uid_) {
      return ErrorOf(v1::ERROR_REASON_JOB_NOT_FOUND, {{"name", name_}},
                     absl::StrCat(name_, " was deleted, and another job has its name now"));
    }
    if (job->etag() == etag_) return Produced::kNothingYet;
    uid_ = job->uid();
    etag_ = job->etag();
    // Progress is read after the job, so that the stream never ends before the last progress.
    absl::StatusOr<ProgressPart> part = store_.ReadProgress(uid_, next_step_, kMaxProgressBytes);
    if (!part.ok()) return part.status();
    if (!part->progress.empty()) next_step_ = part->progress.back().step() + 1;
    if (part->more) etag_.clear();
    ended_ = HasEnded(job->state()) && !part->more;
    *response->mutable_job() = *std::move(job);
    response->mutable_progress()->Assign(part->progress.begin(), part->progress.end());
    return Produced::kMessage;
  }

 private:
  const Call& call_;
  Store& store_;
  const std::string name_;
  int64_t next_step_;
  std::string uid_;
  std::string etag_;
  bool ended_ = false;
};

}  // namespace

grpc::ServerUnaryReactor* JobServiceImpl::CreateJob(grpc::CallbackServerContext* context,
                                                    const v1::CreateJobRequest* request, v1::Job* response) {
  return RunUnary(runtime_, context, "JobService/CreateJob", runtime_.disk,
                  [=, this](const Call& call) -> absl::Status {
                    if (absl::Status status = CheckRequestId(request->request_id()); !status.ok()) return status;
                    RequestKey key = MakeRequestKey(request->request_id(), request->job());
                    key.call = call.request_id();
                    if (!request->validate_only()) {
                      // A repeated request is answered, whatever has become of the dataset.
                      absl::StatusOr<std::optional<v1::Job>> known = store_.FindJob(key);
                      if (!known.ok()) return known.status();
                      if (known->has_value()) return Answer<v1::Job>(**std::move(known), response);
                    }
                    absl::StatusOr<v1::Job> job = PlanJob(store_, request->job());
                    if (!job.ok() || request->validate_only()) return Answer(std::move(job), response);
                    return Answer(store_.CreateJob(*job, key), response);
                  });
}

grpc::ServerUnaryReactor* JobServiceImpl::GetJob(grpc::CallbackServerContext* context, const v1::GetJobRequest* request,
                                                 v1::Job* response) {
  return RunUnary(runtime_, context, "JobService/GetJob", runtime_.disk, [=, this](const Call&) {
    if (absl::Status status = CheckName(request->name(), "jobs", "name"); !status.ok()) return status;
    return Answer(store_.GetJob(request->name()), response);
  });
}

grpc::ServerUnaryReactor* JobServiceImpl::ListJobs(grpc::CallbackServerContext* context,
                                                   const v1::ListJobsRequest* request, v1::ListJobsResponse* response) {
  return RunUnary(runtime_, context, "JobService/ListJobs", runtime_.disk, [=, this](const Call&) {
    const absl::StatusOr<int> page_size = CheckPageSize(request->page_size());
    if (!page_size.ok()) return page_size.status();
    return AnswerPage(store_.ListJobs(*page_size, request->page_token()), response->mutable_jobs(),
                      response->mutable_next_page_token());
  });
}

grpc::ServerUnaryReactor* JobServiceImpl::CancelJob(grpc::CallbackServerContext* context,
                                                    const v1::CancelJobRequest* request, v1::Job* response) {
  return RunUnary(runtime_, context, "JobService/CancelJob", runtime_.disk,
                  [=, this](const Call& call) -> absl::Status {
                    if (absl::Status status = CheckName(request->name(), "jobs", "name"); !status.ok()) return status;
                    absl::StatusOr<v1::Job> job = store_.CancelJob(request->name());
                    if (job.ok())
                      LogInfo("job_cancel_asked", {{"job", job->name()}, {"request_id", call.request_id()}});
                    return Answer(std::move(job), response);
                  });
}

grpc::ServerUnaryReactor* JobServiceImpl::DeleteJob(grpc::CallbackServerContext* context,
                                                    const v1::DeleteJobRequest* request, v1::DeleteJobResponse*) {
  return RunUnary(runtime_, context, "JobService/DeleteJob", runtime_.disk, [=, this](const Call&) {
    if (absl::Status status = CheckName(request->name(), "jobs", "name"); !status.ok()) return status;
    return store_.DeleteJob(request->name(), request->etag());
  });
}

grpc::ServerWriteReactor<v1::WatchJobResponse>* JobServiceImpl::WatchJob(grpc::CallbackServerContext* context,
                                                                         const v1::WatchJobRequest* request) {
  const auto open = [this, request](const Call& call) -> absl::StatusOr<Producer<v1::WatchJobResponse>> {
    if (absl::Status status = CheckName(request->name(), "jobs", "name"); !status.ok()) return status;
    auto watcher = std::make_shared<Watcher>(call, store_, request->name(), request->from_step());
    return [watcher](v1::WatchJobResponse* response) { return watcher->Next(response); };
  };
  return new StreamReactor<v1::WatchJobResponse>(runtime_, context, "JobService/WatchJob", runtime_.disk, open);
}

}  // namespace actionmatch
