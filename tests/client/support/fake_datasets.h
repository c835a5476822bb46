// A service with one dataset, whose batches are kept as they come.

#ifndef ACTIONMATCH_TESTS_CLIENT_SUPPORT_FAKE_DATASETS_H_
#define ACTIONMATCH_TESTS_CLIENT_SUPPORT_FAKE_DATASETS_H_

#include <grpcpp/grpcpp.h>

#include <vector>

#include "actionmatch/v1/dataset.grpc.pb.h"

namespace actionmatch {

class FakeDatasets : public v1::DatasetService::Service {
 public:
  v1::Dataset dataset;
  std::vector<v1::SnapshotBatch> batches;

  grpc::Status GetDataset(grpc::ServerContext*, const v1::GetDatasetRequest* request, v1::Dataset* answer) override {
    if (request->name() != dataset.name()) return {grpc::StatusCode::NOT_FOUND, "there is no " + request->name()};
    *answer = dataset;
    return grpc::Status::OK;
  }

  grpc::Status AppendSnapshots(
      grpc::ServerContext*,
      grpc::ServerReaderWriter<v1::AppendSnapshotsResponse, v1::AppendSnapshotsRequest>* stream) override {
    v1::AppendSnapshotsRequest request;
    while (stream->Read(&request)) {
      batches.push_back(request.batch());
      v1::AppendSnapshotsResponse answer;
      answer.set_acknowledged_batch(request.batch().number());
      stream->Write(answer);
    }
    return grpc::Status::OK;
  }

  grpc::Status ReadSnapshots(grpc::ServerContext*, const v1::ReadSnapshotsRequest*,
                             grpc::ServerWriter<v1::ReadSnapshotsResponse>* stream) override {
    for (const v1::SnapshotBatch& batch : batches) {
      v1::ReadSnapshotsResponse answer;
      *answer.mutable_batch() = batch;
      stream->Write(answer);
    }
    return grpc::Status::OK;
  }
};

}  // namespace actionmatch

#endif  // ACTIONMATCH_TESTS_CLIENT_SUPPORT_FAKE_DATASETS_H_
