// Client: actionmatch's API for C++ programs, with absl::Status for errors. The CLI is written on it.
//
//   absl::StatusOr<v1::Dataset> eb = client.Call(client.datasets(), &v1::DatasetService::Stub::GetDataset, request);

#ifndef ACTIONMATCH_CLIENT_CLIENT_H_
#define ACTIONMATCH_CLIENT_CLIENT_H_

#include <grpcpp/grpcpp.h>

#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "actionmatch/v1/dataset.grpc.pb.h"
#include "actionmatch/v1/field.grpc.pb.h"
#include "actionmatch/v1/job.grpc.pb.h"
#include "actionmatch/v1/trajectory.grpc.pb.h"
#include "client/status_details.h"

namespace actionmatch {

// Thread-safe. Calls block. Errors keep the server's code, text and details: DetailsOf and ReasonOf return the details.
class Client {
 public:
  // address: HOST:PORT. The first call connects; its error says if that fails.
  explicit Client(const std::string& address);

  v1::DatasetService::Stub& datasets() { return *datasets_; }
  v1::JobService::Stub& jobs() { return *jobs_; }
  v1::FieldService::Stub& fields() { return *fields_; }
  v1::TrajectoryService::Stub& trajectories() { return *trajectories_; }

  template <typename Stub, typename Request, typename Response>
  absl::StatusOr<Response> Call(Stub& stub,
                                grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                                const Request& request) {
    grpc::ClientContext context;
    Response response;
    const absl::Status status = ToStatus((stub.*method)(&context, request, &response));
    if (!status.ok()) return status;
    return response;
  }

  // Gives each message of a server's stream to `take`; an error of `take` cancels the call and is returned.
  template <typename Stub, typename Request, typename Response>
  absl::Status Stream(Stub& stub,
                      std::unique_ptr<grpc::ClientReader<Response>> (Stub::*method)(grpc::ClientContext*,
                                                                                    const Request&),
                      const Request& request, const std::function<absl::Status(const Response&)>& take) {
    grpc::ClientContext context;
    const auto reader = (stub.*method)(&context, request);
    Response response;
    absl::Status taken;
    while (reader->Read(&response)) {
      taken = take(response);
      if (taken.ok()) continue;
      context.TryCancel();
      break;
    }
    const absl::Status status = ToStatus(reader->Finish());
    return taken.ok() ? status : taken;
  }

  // Streams batches to a dataset ("datasets/eb"). `next` fills in the next batch, or returns false if there is none.
  // `acknowledged` is called as the server makes batches durable. Flow control bounds the memory.
  absl::Status Append(const std::string& dataset, const std::function<bool(v1::SnapshotBatch*)>& next,
                      const std::function<void(const v1::AppendSnapshotsResponse&)>& acknowledged);

  // Sends a field's file.
  absl::StatusOr<v1::Field> Import(const std::string& field, absl::string_view bytes);

 private:
  const std::unique_ptr<v1::DatasetService::Stub> datasets_;
  const std::unique_ptr<v1::JobService::Stub> jobs_;
  const std::unique_ptr<v1::FieldService::Stub> fields_;
  const std::unique_ptr<v1::TrajectoryService::Stub> trajectories_;

  explicit Client(const std::shared_ptr<grpc::Channel>& channel);
};

}  // namespace actionmatch

#endif  // ACTIONMATCH_CLIENT_CLIENT_H_
