// Pushes the points of a dataset through a field, and prints where their mean is at the asked times.
//
//   example_trajectories HOST:PORT FIELD DATASET START TIME...
//
// The server streams blocks of at most 1 MiB. A block holds rows of one frame; frames come in the order of the asked
// times, rows in the order of the dataset. A program that needs only sums keeps no more than one block.

#include <cstdlib>
#include <functional>
#include <iostream>
#include <string>
#include <vector>

#include "client/client.h"
#include "client/tensor_values.h"

namespace v1 = actionmatch::v1;

int main(int argc, char** argv) {
  if (argc < 6) {
    std::cerr << "usage: example_trajectories HOST:PORT FIELD DATASET START TIME..." << std::endl;
    return EXIT_FAILURE;
  }
  actionmatch::Client client(argv[1]);

  v1::SampleTrajectoriesRequest request;
  request.set_field(std::string("fields/") + argv[2]);
  request.mutable_dataset()->set_dataset(std::string("datasets/") + argv[3]);
  request.mutable_dataset()->set_time(std::atof(argv[4]));  // the dataset's points at exactly this time
  for (int i = 5; i < argc; ++i) request.add_times(std::atof(argv[i]));
  request.mutable_solver()->set_tolerance(1e-5);

  std::vector<std::vector<double>> sums(request.times_size());  // [F, D]
  std::vector<int64_t> rows(request.times_size(), 0);           // [F]
  const std::function<absl::Status(const v1::SampleTrajectoriesResponse&)> take =
      [&](const v1::SampleTrajectoriesResponse& block) {
        const std::vector<double> points = actionmatch::Values(block.points());  // [rows, D]
        const int64_t dimension = block.points().shape(1);
        std::vector<double>& sum = sums[block.frame()];
        sum.resize(dimension, 0.0);
        for (size_t i = 0; i < points.size(); ++i) sum[i % dimension] += points[i];
        rows[block.frame()] += block.points().shape(0);
        return absl::OkStatus();
      };
  const absl::Status status =
      client.Stream(client.trajectories(), &v1::TrajectoryService::Stub::SampleTrajectories, request, take);
  if (!status.ok()) {
    std::cerr << status << std::endl;
    return EXIT_FAILURE;
  }
  for (int frame = 0; frame < request.times_size(); ++frame) {
    std::cout << "time " << request.times(frame) << ": mean of " << rows[frame] << " points";
    for (const double sum : sums[frame]) std::cout << ' ' << sum / static_cast<double>(rows[frame]);
    std::cout << std::endl;
  }
}
