// Puts three points and reads back how many there are: sample HOST:PORT.

#include <client/client.h>
#include <client/tensor_values.h>

#include <iostream>

namespace v1 = actionmatch::v1;

int main(int, char** argv) {
  actionmatch::Client client(argv[1]);
  v1::CreateDatasetRequest create;
  create.mutable_dataset()->set_name("datasets/sample");
  auto dataset = client.Call(client.datasets(), &v1::DatasetService::Stub::CreateDataset, create);
  int64_t number = 0;
  const auto next = [&](v1::SnapshotBatch* batch) {
    batch->set_number(++number);
    batch->set_time(0.5);
    *batch->mutable_points() = actionmatch::MakeTensor({1, 2, 3, 4, 5, 6}, {3, 2}, false);
    return number == 1;
  };
  const absl::Status appended = client.Append("datasets/sample", next, [](const v1::AppendSnapshotsResponse&) {});
  v1::GetDatasetRequest get;
  get.set_name("datasets/sample");
  dataset = client.Call(client.datasets(), &v1::DatasetService::Stub::GetDataset, get);
  if (!appended.ok() || !dataset.ok()) return 1;
  std::cout << dataset->row_count() << " points" << std::endl;
}
