// Sends batches until all are on disk, through lost connections, and never twice.
//
//   example_resume HOST:PORT DATASET BATCHES
//
// The server remembers the number of the last batch on disk (`last_batch`). After a cut the program asks for it and
// goes on with the next number. UNAVAILABLE means that the connection is lost, and is worth another try. So is an error
// that says how long to wait: the server is busy, say. Any other error is about the request itself, and its text says
// what to change.

#include <cstdlib>
#include <iostream>
#include <string>
#include <thread>
#include <vector>

#include "client/client.h"
#include "client/tensor_values.h"

namespace v1 = actionmatch::v1;

namespace {

constexpr int kTries = 100;

// Makes the dataset, unless there is one of this name already.
absl::Status Create(actionmatch::Client& client, const std::string& name) {
  v1::CreateDatasetRequest request;
  request.mutable_dataset()->set_name(name);
  const auto created = client.Call(client.datasets(), &v1::DatasetService::Stub::CreateDataset, request);
  const bool there = actionmatch::ReasonOf(created.status()) == v1::ERROR_REASON_DATASET_EXISTS;
  return there ? absl::OkStatus() : created.status();
}

// Sends the batches after the last one on disk. In every run the batch of a number is the same.
absl::Status SendRest(actionmatch::Client& client, const std::string& name, int64_t batches) {
  v1::GetDatasetRequest get;
  get.set_name(name);
  const auto dataset = client.Call(client.datasets(), &v1::DatasetService::Stub::GetDataset, get);
  if (!dataset.ok()) return dataset.status();
  int64_t number = dataset->last_batch() + 1;
  std::cout << "sending from batch " << number << std::endl;
  const auto next = [&](v1::SnapshotBatch* batch) {
    if (number > batches) return false;
    batch->set_number(number);
    batch->set_time(static_cast<double>(number));
    *batch->mutable_points() = actionmatch::MakeTensor(std::vector<double>(100000, number), {50000, 2}, false);
    ++number;
    return true;
  };
  return client.Append(name, next, [](const v1::AppendSnapshotsResponse&) {});
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::cerr << "usage: example_resume HOST:PORT DATASET BATCHES" << std::endl;
    return EXIT_FAILURE;
  }
  actionmatch::Client client(argv[1]);
  const std::string name = std::string("datasets/") + argv[2];
  absl::Status status;
  for (int tried = 0; tried < kTries; ++tried) {
    status = Create(client, name);
    if (status.ok()) status = SendRest(client, name, std::atoll(argv[3]));
    const actionmatch::ErrorDetails details = actionmatch::DetailsOf(status);
    if (!absl::IsUnavailable(status) && !details.retry_after.has_value()) break;
    std::cout << "lost the server: " << status.message() << std::endl;
    std::this_thread::sleep_for(absl::ToChronoMilliseconds(details.retry_after.value_or(absl::Milliseconds(100))));
  }
  std::cout << (status.ok() ? "all batches are on disk" : status.ToString()) << std::endl;
  return status.ok() ? EXIT_SUCCESS : EXIT_FAILURE;
}
