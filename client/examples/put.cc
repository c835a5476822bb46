// Sends snapshots to a dataset, as a stream of numbered batches.
//
//   example_put HOST:PORT DATASET
//
// A population of 300 points moves along (2, -1) and is observed at three times. Each batch holds the points of one
// time. The server acknowledges a batch once it is on disk; a batch that is sent again is acknowledged again. So a
// program that was cut off can send everything once more (see resume.cc).

#include <cstdlib>
#include <iostream>
#include <random>
#include <string>
#include <vector>

#include "client/client.h"
#include "client/tensor_values.h"

namespace v1 = actionmatch::v1;

namespace {

constexpr int kPoints = 300;
constexpr double kTimes[] = {0.0, 0.5, 1.0};

// [300, 2]: a Gaussian around (2 t, -t).
v1::Tensor PointsAt(double time, std::mt19937_64* random) {
  std::normal_distribution<double> normal;
  std::vector<double> points;
  for (int i = 0; i < kPoints; ++i) {
    points.push_back(normal(*random) + 2 * time);
    points.push_back(normal(*random) - time);
  }
  return actionmatch::MakeTensor(points, {kPoints, 2}, false);
}

int Fail(const absl::Status& status) {
  std::cerr << status << std::endl;
  return EXIT_FAILURE;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: example_put HOST:PORT DATASET" << std::endl;
    return EXIT_FAILURE;
  }
  actionmatch::Client client(argv[1]);
  const std::string name = std::string("datasets/") + argv[2];

  v1::CreateDatasetRequest request;
  request.mutable_dataset()->set_name(name);
  request.mutable_dataset()->set_time_unit("day");
  const auto created = client.Call(client.datasets(), &v1::DatasetService::Stub::CreateDataset, request);
  if (!created.ok()) return Fail(created.status());

  std::mt19937_64 random(1);
  size_t sent = 0;
  // Fills in the next batch; false once there is none.
  const auto next = [&](v1::SnapshotBatch* batch) {
    if (sent == std::size(kTimes)) return false;
    batch->set_number(static_cast<int64_t>(sent) + 1);  // from 1, without gaps
    batch->set_time(kTimes[sent]);
    *batch->mutable_points() = PointsAt(kTimes[sent], &random);
    ++sent;
    return true;
  };
  // Called from another thread, while batches are still being sent.
  const auto acknowledged = [](const v1::AppendSnapshotsResponse& response) {
    std::cout << "on disk up to batch " << response.acknowledged_batch() << std::endl;
  };
  const absl::Status appended = client.Append(name, next, acknowledged);
  if (!appended.ok()) return Fail(appended);
  std::cout << "sent " << sent * kPoints << " points to " << name << std::endl;
}
