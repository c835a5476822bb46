#include "client/requests/sample_trajectories.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/tensor_values.h"
#include "tests/client/support/fake_datasets.h"
#include "tests/client/support/fake_trajectories.h"
#include "tests/client/support/local_server.h"

namespace actionmatch {
namespace {

using ::testing::HasSubstr;

constexpr double kStart = 0.5;

v1::SampleTrajectoriesRequest Asked() {
  v1::SampleTrajectoriesRequest request;
  request.set_field("fields/f");
  request.add_times(2);
  request.add_times(1);
  return request;
}

PointTable Points(int64_t count) {
  PointTable points;
  points.dimension = 2;
  for (int64_t i = 0; i < 2 * count; ++i) points.values.push_back(static_cast<double>(i));
  return points;
}

// Every frame has every point at its place, moved as FakeTrajectories moves it.
void ExpectMoved(const SampledTrajectories& sampled, const PointTable& start) {
  ASSERT_EQ(sampled.count, start.count());
  ASSERT_EQ(sampled.dimension, 2);
  EXPECT_EQ(sampled.times, (std::vector<double>{2, 1}));
  for (int64_t frame = 0; frame < 2; ++frame) {
    for (int64_t row = 0; row < sampled.count; ++row) {
      const int64_t at = frame * sampled.count + row;
      EXPECT_EQ(sampled.points[2 * at], start.values[2 * row] + sampled.times[frame] - kStart);
      EXPECT_EQ(sampled.points[2 * at + 1], start.values[2 * row + 1]);
      EXPECT_EQ(sampled.log_weights[at], -start.values[2 * row]);
    }
  }
}

TEST(SampleTrajectoriesTest, PointsComeBackInTheirPlacesHoweverManyCallsItTakes) {
  for (const int64_t most_rows : {1000, 20, 7, 1}) {
    FakeTrajectories service;
    service.most_rows = most_rows;
    LocalServer server(&service);
    const PointTable start = Points(20);
    const absl::StatusOr<SampledTrajectories> sampled = SampleFrom(server.client(), Asked(), start, kStart);
    ASSERT_TRUE(sampled.ok()) << sampled.status();
    ExpectMoved(*sampled, start);
    // The noise of a row depends on its place among all rows: each call says where its rows begin.
    int64_t answered = 0;
    for (const v1::SampleTrajectoriesRequest& request : service.requests) {
      if (request.points().shape(0) > most_rows) continue;
      EXPECT_EQ(request.first_row(), answered);
      answered += request.points().shape(0);
    }
    EXPECT_EQ(answered, 20);
  }
}

TEST(SampleTrajectoriesTest, MessagesThatGrpcRefusesAreSentAgainInPieces) {
  FakeTrajectories service;
  service.block_rows = 1000;
  LocalServer server(&service, 4096);
  const PointTable start = Points(2000);
  const absl::StatusOr<SampledTrajectories> sampled = SampleFrom(server.client(), Asked(), start, kStart);
  ASSERT_TRUE(sampled.ok()) << sampled.status();
  ExpectMoved(*sampled, start);
  EXPECT_GT(service.requests.size(), 2000u * 16 / 4096);
}

TEST(SampleTrajectoriesTest, ResamplingIsOneCallOrAnError) {
  FakeTrajectories service;
  service.most_rows = 10;
  LocalServer server(&service);
  v1::SampleTrajectoriesRequest request = Asked();
  request.set_resample_below(0.5);
  EXPECT_TRUE(SampleFrom(server.client(), request, Points(10), kStart).ok());
  const absl::Status status = SampleFrom(server.client(), request, Points(11), kStart).status();
  EXPECT_TRUE(absl::IsResourceExhausted(status));
  EXPECT_THAT(std::string(status.message()), HasSubstr("--resample-below needs all points in one message"));
  EXPECT_EQ(service.requests.size(), 2u);
}

TEST(SampleTrajectoriesTest, AnAnswerOfTooFewRowsIsNoAnswer) {
  FakeTrajectories service;
  service.dataset_points = {1, 2};
  LocalServer server(&service);
  v1::Dataset dataset;
  dataset.set_name("datasets/d");
  dataset.set_dimension(2);
  v1::SnapshotSummary& snapshot = *dataset.add_snapshots();
  snapshot.set_time(kStart);
  snapshot.set_count(2);  // it had two points when it was counted
  EXPECT_TRUE(absl::IsAborted(SampleFrom(server.client(), Asked(), dataset, kStart).status()));
}

TEST(SampleTrajectoriesTest, ADatasetStartsAtOneOfItsTimes) {
  FakeTrajectories service;
  const PointTable start = Points(5);
  service.dataset_points = start.values;
  LocalServer server(&service);
  v1::Dataset dataset;
  dataset.set_name("datasets/d");
  dataset.set_dimension(2);
  for (const double time : {0.0, kStart}) {
    v1::SnapshotSummary& snapshot = *dataset.add_snapshots();
    snapshot.set_time(time);
    snapshot.set_count(5);
  }
  const absl::StatusOr<SampledTrajectories> sampled = SampleFrom(server.client(), Asked(), dataset, kStart);
  ASSERT_TRUE(sampled.ok()) << sampled.status();
  ExpectMoved(*sampled, start);
  ASSERT_EQ(service.requests.size(), 1u);
  EXPECT_TRUE(service.requests[0].has_dataset());  // the server reads the points itself
  const absl::Status status = SampleFrom(server.client(), Asked(), dataset, 0.25).status();
  EXPECT_TRUE(absl::IsInvalidArgument(status));
  EXPECT_THAT(std::string(status.message()), HasSubstr("its times are 0, 0.5"));
}

}  // namespace
}  // namespace actionmatch
