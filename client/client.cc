#include "client/client.h"

#include <algorithm>
#include <thread>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/match.h"

namespace actionmatch {
namespace {

constexpr size_t kChunkBytes = 32 << 10;  // smaller than any server's limit on a message

bool IsLoopback(absl::string_view address) {
  return absl::StartsWith(address, "localhost:") || absl::StartsWith(address, "127.") ||
         absl::StartsWith(address, "[::1]");
}

std::shared_ptr<grpc::Channel> MakeChannel(const std::string& address) {
  grpc::ChannelArguments arguments;
  // A proxy that http_proxy names cannot reach this machine's own addresses.
  if (IsLoopback(address)) arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  arguments.SetMaxReceiveMessageSize(-1);
  return grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments);
}

}  // namespace

Client::Client(const std::string& address) : Client(MakeChannel(address)) {}
Client::Client(const std::shared_ptr<grpc::Channel>& channel)
    : datasets_(v1::DatasetService::NewStub(channel)),
      jobs_(v1::JobService::NewStub(channel)),
      fields_(v1::FieldService::NewStub(channel)),
      trajectories_(v1::TrajectoryService::NewStub(channel)) {}

absl::Status Client::Append(const std::string& dataset, const std::function<bool(v1::SnapshotBatch*)>& next,
                            const std::function<void(const v1::AppendSnapshotsResponse&)>& acknowledged) {
  grpc::ClientContext context;
  const auto stream = datasets_->AppendSnapshots(&context);
  // A thread reads acknowledgements while batches are written: otherwise both sides could wait for each other.
  std::thread reader([&] {
    v1::AppendSnapshotsResponse response;
    while (stream->Read(&response)) acknowledged(response);
  });
  {
    // Runs also when `next` throws.
    const absl::Cleanup join = [&] {
      stream->WritesDone();
      reader.join();
    };
    v1::AppendSnapshotsRequest request;
    request.set_dataset(dataset);
    while (next(request.mutable_batch()) && stream->Write(request)) request.Clear();
  }
  return ToStatus(stream->Finish());
}

absl::StatusOr<v1::Field> Client::Import(const std::string& field, absl::string_view bytes) {
  grpc::ClientContext context;
  v1::Field response;
  const auto writer = fields_->ImportField(&context, &response);
  v1::ImportFieldRequest request;
  request.set_name(field);
  do {
    const size_t count = std::min(kChunkBytes, bytes.size());
    request.set_chunk(bytes.data(), count);
    bytes.remove_prefix(count);
    if (!writer->Write(request)) break;
    request.Clear();
  } while (!bytes.empty());
  writer->WritesDone();
  const absl::Status status = ToStatus(writer->Finish());
  if (!status.ok()) return status;
  return response;
}

}  // namespace actionmatch
