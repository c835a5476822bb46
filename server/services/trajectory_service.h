// TrajectoryService (actionmatch/v1/trajectory.proto): pushes points through fields.

#ifndef ACTIONMATCH_SERVER_SERVICES_TRAJECTORY_SERVICE_H_
#define ACTIONMATCH_SERVER_SERVICES_TRAJECTORY_SERVICE_H_

#include "actionmatch/v1/trajectory.grpc.pb.h"
#include "core/spec/spec.h"
#include "server/calls/call.h"
#include "server/services/field_cache.h"
#include "server/store/store.h"

namespace actionmatch {

class TrajectoryServiceImpl final : public v1::TrajectoryService::CallbackService {
 public:
  // Fields are evaluated on `device`, which is not kAuto.
  TrajectoryServiceImpl(CallRuntime& runtime, Store& store, FieldCache& fields, TrainingSpec::Device device)
      : runtime_(runtime), store_(store), fields_(fields), device_(device) {}

  grpc::ServerWriteReactor<v1::SampleTrajectoriesResponse>* SampleTrajectories(
      grpc::CallbackServerContext* context, const v1::SampleTrajectoriesRequest* request) override;

 private:
  CallRuntime& runtime_;
  Store& store_;
  FieldCache& fields_;
  const TrainingSpec::Device device_;
};

}  // namespace actionmatch

#endif  // ACTIONMATCH_SERVER_SERVICES_TRAJECTORY_SERVICE_H_
