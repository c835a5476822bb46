// Laws of TrajectoryService, through real calls in one process.

#include "server/services/trajectory_service.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cstddef>
#include <limits>
#include <string>
#include <vector>

#include "tests/server/services/small_field.h"

namespace actionmatch {
namespace {

using ::testing::HasSubstr;
using Response = v1::SampleTrajectoriesResponse;

class TrajectoryServiceTest : public FieldsTest {
 protected:
  static v1::SampleTrajectoriesRequest From(const Points& points, const std::vector<double>& times) {
    v1::SampleTrajectoriesRequest request;
    request.set_field("fields/f");
    *request.mutable_points() = ToTensor(points);
    request.mutable_times()->Assign(times.begin(), times.end());
    request.mutable_solver()->set_method(v1::Solver::METHOD_HEUN);
    request.mutable_solver()->set_steps(4);
    return request;
  }
  Streamed<Response> Sample(const v1::SampleTrajectoriesRequest& request) {
    return ReadAll(*trajectories_, &v1::TrajectoryService::Stub::SampleTrajectories, request);
  }
  // The points of each frame as bytes. Checks that blocks come frame by frame, and their rows without gaps.
  std::vector<std::string> Frames(const v1::SampleTrajectoriesRequest& request, int64_t count) {
    const Streamed<Response> sampled = Sample(request);
    EXPECT_TRUE(sampled.status.ok()) << sampled.status.error_message();
    std::vector<std::string> frames;
    int64_t next_row = count;
    for (const Response& block : sampled.messages) {
      if (next_row == count) {
        frames.emplace_back();
        next_row = 0;
      }
      const size_t frame = frames.size() - 1;
      EXPECT_EQ(block.frame(), static_cast<int>(frame));
      EXPECT_EQ(block.time(), request.times(static_cast<int>(frame)));
      EXPECT_EQ(block.first_row(), next_row);
      EXPECT_LE(block.points().data().size() + block.log_weights().data().size(), size_t{1} << 20);
      EXPECT_EQ(block.log_weights().shape(0), block.points().shape(0));
      EXPECT_EQ(block.points().shape(1), 2);
      frames.back() += block.points().data();
      next_row += block.points().shape(0);
    }
    EXPECT_EQ(next_row, count);
    EXPECT_EQ(frames.size(), static_cast<size_t>(request.times_size()));
    return frames;
  }
};

TEST_F(TrajectoryServiceTest, FramesComeInTheAskedOrderAndTheStartIsWhatWasSent) {
  const Points points = SomePoints(10);
  const std::vector<std::string> frames = Frames(From(points, {1, 0.25, 0, 0.5, 0.25}), 10);
  ASSERT_EQ(frames.size(), 5u);
  EXPECT_EQ(frames[2], ToTensor(points).data());
  EXPECT_EQ(frames[1], frames[4]);
  EXPECT_NE(frames[0], frames[3]);
  const std::vector<std::string> sorted = Frames(From(points, {0, 0.25, 0.5, 1}), 10);
  EXPECT_TRUE(sorted == (std::vector<std::string>{frames[2], frames[1], frames[3], frames[0]}));
}

TEST_F(TrajectoryServiceTest, ALargeFrameIsCutIntoBlocksThatTogetherAreTheSmallOnes) {
  constexpr int kPoints = 50000;  // of 24 bytes a row: more than 1 MiB
  const Points points = SomePoints(kPoints);
  const v1::SampleTrajectoriesRequest whole = From(points, {0.5, 1});
  EXPECT_GT(Sample(whole).messages.size(), 2u);
  const std::vector<std::string> frames = Frames(whole, kPoints);
  std::vector<std::string> joined(2);
  constexpr int kPart = 20000;
  for (int begin = 0; begin < kPoints; begin += kPart) {
    const int end = std::min(begin + kPart, kPoints);
    const Points part{2, {points.values.begin() + 2 * begin, points.values.begin() + 2 * end}};
    const std::vector<std::string> of_part = Frames(From(part, {0.5, 1}), end - begin);
    for (size_t i = 0; i < joined.size(); ++i) joined[i] += of_part[i];
  }
  EXPECT_TRUE(joined == frames);
}

TEST_F(TrajectoryServiceTest, StartingFromADatasetIsStartingFromItsPoints) {
  const Snapshot snapshot = Data().at[1];
  v1::SampleTrajectoriesRequest of_points = From(snapshot.points, {0.5, 1});
  of_points.set_start_time(0.5);
  v1::SampleTrajectoriesRequest of_dataset = of_points;
  of_dataset.clear_start_time();
  of_dataset.mutable_dataset()->set_dataset("datasets/d");
  of_dataset.mutable_dataset()->set_time(0.5);
  const int64_t count = snapshot.points.count();
  EXPECT_TRUE(Frames(of_dataset, count) == Frames(of_points, count));
}

TEST_F(TrajectoryServiceTest, AnswersAreInTheTypeOfTheStart) {
  v1::SampleTrajectoriesRequest request = From(SomePoints(3), {1});
  *request.mutable_points() = ToTensor(SomePoints(3), v1::DATA_TYPE_FLOAT32);
  const Streamed<Response> sampled = Sample(request);
  ASSERT_EQ(sampled.messages.size(), 1u);
  EXPECT_EQ(sampled.messages[0].points().data_type(), v1::DATA_TYPE_FLOAT32);
  EXPECT_EQ(sampled.messages[0].log_weights().data_type(), v1::DATA_TYPE_FLOAT64);
  EXPECT_EQ(sampled.messages[0].effective_sample_size(), 3);  // without growth all weigh the same
}

TEST_F(TrajectoryServiceTest, WhatCannotBeSampledIsRefusedByName) {
  const auto refused = [&](const v1::SampleTrajectoriesRequest& request, grpc::StatusCode code, const char* field) {
    const Streamed<Response> answer = Sample(request);
    EXPECT_EQ(answer.code(), code) << answer.status.error_message();
    EXPECT_THAT(answer.status.error_message(), HasSubstr(field));
    EXPECT_TRUE(answer.messages.empty());
  };
  const v1::SampleTrajectoriesRequest good = From(SomePoints(2), {1});
  EXPECT_EQ(Sample(good).code(), grpc::OK);
  v1::SampleTrajectoriesRequest request = good;
  request.set_field("fields/none");
  refused(request, grpc::NOT_FOUND, "fields/none");
  request = good;
  request.clear_times();
  refused(request, grpc::INVALID_ARGUMENT, "times");
  request = good;
  request.set_times(0, std::numeric_limits<double>::infinity());
  refused(request, grpc::INVALID_ARGUMENT, "times[0]");
  request = good;
  request.clear_start();
  refused(request, grpc::INVALID_ARGUMENT, "points");
  request = good;
  *request.mutable_points() = ToTensor(Points{3, {1, 2, 3}});
  refused(request, grpc::INVALID_ARGUMENT, "points");
  request = good;
  request.set_resample_below(2);
  refused(request, grpc::INVALID_ARGUMENT, "resample_below");
  request = good;
  request.set_first_row(-1);
  refused(request, grpc::INVALID_ARGUMENT, "first_row");
  request = good;
  request.mutable_dataset()->set_dataset("datasets/d");
  request.mutable_dataset()->set_time(0.123);
  refused(request, grpc::INVALID_ARGUMENT, "dataset.time");
  request = From(SomePoints(2), {2});
  refused(request, grpc::OUT_OF_RANGE, "2");
  request.set_extrapolate(true);
  EXPECT_EQ(Sample(request).code(), grpc::OK);
}

}  // namespace
}  // namespace actionmatch
