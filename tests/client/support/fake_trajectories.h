// A service whose field moves every point by one unit of the first component in a unit of time.

#ifndef ACTIONMATCH_TESTS_CLIENT_SUPPORT_FAKE_TRAJECTORIES_H_
#define ACTIONMATCH_TESTS_CLIENT_SUPPORT_FAKE_TRAJECTORIES_H_

#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <vector>

#include "actionmatch/v1/trajectory.grpc.pb.h"
#include "client/tensor_values.h"

namespace actionmatch {

class FakeTrajectories : public v1::TrajectoryService::Service {
 public:
  std::vector<double> dataset_points;  // [n, dimension]: where a dataset's trajectories start
  int64_t dimension = 2;
  int64_t block_rows = 3;   // at most, in one block
  int64_t most_rows = 1e6;  // larger answers are refused
  std::vector<v1::SampleTrajectoriesRequest> requests;

  grpc::Status SampleTrajectories(grpc::ServerContext*, const v1::SampleTrajectoriesRequest* request,
                                  grpc::ServerWriter<v1::SampleTrajectoriesResponse>* stream) override {
    requests.push_back(*request);
    const std::vector<double> start = request->has_points() ? Values(request->points()) : dataset_points;
    const double start_time = request->has_points() ? request->start_time() : request->dataset().time();
    const auto count = static_cast<int64_t>(start.size()) / dimension;
    if (count > most_rows) {
      return {grpc::StatusCode::RESOURCE_EXHAUSTED, "Received message larger than max (9 vs. 8)"};
    }
    for (int frame = 0; frame < request->times_size(); ++frame) {
      for (int64_t first = 0; first < count; first += block_rows) {
        const int64_t rows = std::min(block_rows, count - first);
        std::vector<double> points(start.begin() + first * dimension, start.begin() + (first + rows) * dimension);
        std::vector<double> log_weights;
        for (int64_t row = 0; row < rows; ++row) {
          log_weights.push_back(-points[row * dimension]);
          points[row * dimension] += request->times(frame) - start_time;
        }
        v1::SampleTrajectoriesResponse block;
        block.set_frame(frame);
        block.set_first_row(first);
        *block.mutable_points() = MakeTensor(points, {rows, dimension}, false);
        *block.mutable_log_weights() = MakeTensor(log_weights, {rows}, false);
        stream->Write(block);
      }
    }
    return grpc::Status::OK;
  }
};

}  // namespace actionmatch

#endif  // ACTIONMATCH_TESTS_CLIENT_SUPPORT_FAKE_TRAJECTORIES_H_
