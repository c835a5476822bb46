// JobService (actionmatch/v1/job.proto): checks specs, queues jobs, lets callers watch them.

#ifndef ACTIONMATCH_SERVER_SERVICES_JOB_SERVICE_H_
#define ACTIONMATCH_SERVER_SERVICES_JOB_SERVICE_H_

#include "actionmatch/v1/job.grpc.pb.h"
#include "server/calls/call.h"
#include "server/store/store.h"

namespace actionmatch {

class JobServiceImpl final : public v1::JobService::CallbackService {
 public:
  JobServiceImpl(CallRuntime& runtime, Store& store) : runtime_(runtime), store_(store) {}

  grpc::ServerUnaryReactor* CreateJob(grpc::CallbackServerContext* context, const v1::CreateJobRequest* request,
                                      v1::Job* response) override;
  grpc::ServerUnaryReactor* GetJob(grpc::CallbackServerContext* context, const v1::GetJobRequest* request,
                                   v1::Job* response) override;
  grpc::ServerUnaryReactor* ListJobs(grpc::CallbackServerContext* context, const v1::ListJobsRequest* request,
                                     v1::ListJobsResponse* response) override;
  grpc::ServerUnaryReactor* CancelJob(grpc::CallbackServerContext* context, const v1::CancelJobRequest* request,
                                      v1::Job* response) override;
  grpc::ServerUnaryReactor* DeleteJob(grpc::CallbackServerContext* context, const v1::DeleteJobRequest* request,
                                      v1::DeleteJobResponse* response) override;
  grpc::ServerWriteReactor<v1::WatchJobResponse>* WatchJob(grpc::CallbackServerContext* context,
                                                           const v1::WatchJobRequest* request) override;

 private:
  CallRuntime& runtime_;
  Store& store_;
};

}  // namespace actionmatch

#endif  // ACTIONMATCH_SERVER_SERVICES_JOB_SERVICE_H_
