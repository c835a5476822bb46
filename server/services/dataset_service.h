// DatasetService (actionmatch/v1/dataset.proto): translates calls to the store.

#ifndef ACTIONMATCH_SERVER_SERVICES_DATASET_SERVICE_H_
#define ACTIONMATCH_SERVER_SERVICES_DATASET_SERVICE_H_

#include "actionmatch/v1/dataset.grpc.pb.h"
#include "server/calls/call.h"
#include "server/store/store.h"

namespace actionmatch {

class DatasetServiceImpl final : public v1::DatasetService::CallbackService {
 public:
  DatasetServiceImpl(CallRuntime& runtime, Store& store) : runtime_(runtime), store_(store) {}

  grpc::ServerUnaryReactor* CreateDataset(grpc::CallbackServerContext* context, const v1::CreateDatasetRequest* request,
                                          v1::Dataset* response) override;
  grpc::ServerUnaryReactor* GetDataset(grpc::CallbackServerContext* context, const v1::GetDatasetRequest* request,
                                       v1::Dataset* response) override;
  grpc::ServerUnaryReactor* ListDatasets(grpc::CallbackServerContext* context, const v1::ListDatasetsRequest* request,
                                         v1::ListDatasetsResponse* response) override;
  grpc::ServerUnaryReactor* DeleteDataset(grpc::CallbackServerContext* context, const v1::DeleteDatasetRequest* request,
                                          v1::DeleteDatasetResponse* response) override;
  grpc::ServerBidiReactor<v1::AppendSnapshotsRequest, v1::AppendSnapshotsResponse>* AppendSnapshots(
      grpc::CallbackServerContext* context) override;
  grpc::ServerWriteReactor<v1::ReadSnapshotsResponse>* ReadSnapshots(grpc::CallbackServerContext* context,
                                                                     const v1::ReadSnapshotsRequest* request) override;
  grpc::ServerUnaryReactor* SimulateDataset(grpc::CallbackServerContext* context,
                                            const v1::SimulateDatasetRequest* request, v1::Dataset* response) override;

 private:
  CallRuntime& runtime_;
  Store& store_;
};

}  // namespace actionmatch

#endif  // ACTIONMATCH_SERVER_SERVICES_DATASET_SERVICE_H_
