// All services as they serve, in one process: real calls through an in-process channel, over a store in memory.

#ifndef ACTIONMATCH_TESTS_SERVER_SERVICES_SERVICE_FIXTURE_H_
#define ACTIONMATCH_TESTS_SERVER_SERVICES_SERVICE_FIXTURE_H_

#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/services/dataset_service.h"
#include "server/services/field_cache.h"
#include "server/services/field_service.h"
#include "server/services/job_service.h"
#include "server/services/trajectory_service.h"
#include "tests/server/store/small_datasets.h"

namespace actionmatch {

template <typename Response>
struct Answered {
  grpc::Status status;
  Response response;  // of a call that was OK

  grpc::StatusCode code() const { return status.error_code(); }
  const Response* operator->() const { return &response; }
};

template <typename Message>
struct Streamed {
  grpc::Status status;
  std::vector<Message> messages;

  grpc::StatusCode code() const { return status.error_code(); }
};

class ServiceTest : public ::testing::Test {
 protected:
  static constexpr int64_t kMaxAnswerBytes = 1 << 20;
  static constexpr int64_t kMaxImportBytes = 16 << 20;

  ServiceTest() {
    grpc::ServerBuilder builder;
    for (grpc::Service* service : std::initializer_list<grpc::Service*>{&dataset_service_, &job_service_,
                                                                        &field_service_, &trajectory_service_}) {
      builder.RegisterService(service);
    }
    server_ = builder.BuildAndStart();
    const std::shared_ptr<grpc::Channel> channel = server_->InProcessChannel(grpc::ChannelArguments());
    datasets_ = v1::DatasetService::NewStub(channel);
    jobs_ = v1::JobService::NewStub(channel);
    fields_ = v1::FieldService::NewStub(channel);
    trajectories_ = v1::TrajectoryService::NewStub(channel);
  }
  ~ServiceTest() override {
    server_->Shutdown();
    server_->Wait();
  }

  // Ask(*datasets_, &v1::DatasetService::Stub::GetDataset, request): a call with one answer.
  template <typename Stub, typename Request, typename Response>
  Answered<Response> Ask(Stub& stub, grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                         const Request& request) {
    grpc::ClientContext context;
    Answered<Response> answered;
    answered.status = (stub.*method)(&context, request, &answered.response);
    return answered;
  }
  // Reads a stream to its end.
  template <typename Stub, typename Request, typename Message>
  Streamed<Message> ReadAll(Stub& stub,
                            std::unique_ptr<grpc::ClientReader<Message>> (Stub::*method)(grpc::ClientContext*,
                                                                                         const Request&),
                            const Request& request) {
    grpc::ClientContext context;
    Streamed<Message> streamed;
    const std::unique_ptr<grpc::ClientReader<Message>> reader = (stub.*method)(&context, request);
    for (Message message; reader->Read(&message);) streamed.messages.push_back(message);
    streamed.status = reader->Finish();
    return streamed;
  }

  // The shortest way to a dataset with two times, of two points each.
  v1::Dataset MakeDataset(const std::string& name) {
    const absl::StatusOr<v1::Dataset> made =
        store_->CreateDataset(Named(name), {Batch(1, {0, 0, 1, 1}, 0), Batch(2, {2, 2, 3, 3}, 1)}, {});
    EXPECT_TRUE(made.ok()) << made.status();
    return *made;
  }

  // What no service may touch once the server has stopped is declared before it.
  const std::unique_ptr<Store> store_ = *Store::OpenInMemory();
  Telemetry telemetry_;
  Executor disk_{ExecutorOptions{"disk", 2, 0, nullptr}};
  Executor compute_{ExecutorOptions{"compute", 2, 0, nullptr}};
  CallRuntime runtime_{telemetry_, disk_, compute_, 64};
  FieldCache cache_{*store_, 64 << 20};
  DatasetServiceImpl dataset_service_{runtime_, *store_};
  JobServiceImpl job_service_{runtime_, *store_};
  FieldServiceImpl field_service_{runtime_, *store_, cache_, kMaxAnswerBytes, kMaxImportBytes};
  TrajectoryServiceImpl trajectory_service_{runtime_, *store_, cache_, TrainingSpec::Device::kCpu};
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<v1::DatasetService::Stub> datasets_;
  std::unique_ptr<v1::JobService::Stub> jobs_;
  std::unique_ptr<v1::FieldService::Stub> fields_;
  std::unique_ptr<v1::TrajectoryService::Stub> trajectories_;
};

}  // namespace actionmatch

#endif  // ACTIONMATCH_TESTS_SERVER_SERVICES_SERVICE_FIXTURE_H_
