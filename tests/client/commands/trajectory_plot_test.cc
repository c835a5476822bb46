#include "client/commands/trajectory_plot.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_split.h"
#include "tests/client/support/fake_trajectories.h"
#include "tests/client/support/local_server.h"
#include "tests/client/support/temporary_file.h"

namespace actionmatch {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

size_t Count(const std::string& text, absl::string_view word) {
  return std::vector<absl::string_view>(absl::StrSplit(text, word)).size() - 1;
}

TEST(TrajectoryPlotTest, RowsAreSortedByTheirTimes) {
  SnapshotTable table;
  table.points = {1, {1, 2, 3, 4}, {}, true};
  table.times = {3, 0, 3, 0};
  const PointsByTime at = ByTime(table);
  ASSERT_EQ(at.size(), 2u);
  EXPECT_THAT(at.at(0).values, ElementsAre(2, 4));
  EXPECT_THAT(at.at(3).values, ElementsAre(1, 3));
  EXPECT_EQ(at.at(3).dimension, 1);
  EXPECT_TRUE(at.at(3).single);
}

class DrawTest : public ::testing::Test {
 protected:
  DrawTest() : server_(&service_) {
    field_.set_name("fields/f");
    field_.set_time_unit("day");
    request_.add_times(4);
    request_.add_times(1);
    request_.set_resample_below(0.5);
  }

  std::string Draw(int64_t points, const PointsByTime& snapshots) {
    PointTable start;
    start.dimension = 2;
    start.values.resize(2 * points, 1.0);
    const absl::Status status =
        DrawTrajectories(server_.client(), field_, request_, start, 2, snapshots, PathTo("plot.svg"));
    EXPECT_TRUE(status.ok()) << status;
    return *ReadFile(PathTo("plot.svg"));
  }

  FakeTrajectories service_;
  LocalServer server_;
  v1::Field field_;
  v1::SampleTrajectoriesRequest request_;
};

TEST_F(DrawTest, EveryPointIsALineFromTheFirstToTheLastTime) {
  const std::string svg = Draw(7, {});
  EXPECT_EQ(Count(svg, "<polyline"), 7u);
  EXPECT_THAT(svg, HasSubstr("f: trajectories from t = 2"));
  // The times are those of the request and of the start, without gaps, and lines follow points: nothing is drawn anew.
  ASSERT_EQ(service_.requests.size(), 1u);
  const v1::SampleTrajectoriesRequest& sent = service_.requests[0];
  EXPECT_EQ(sent.times(0), 1);
  EXPECT_EQ(sent.times(sent.times_size() - 1), 4);
  for (int i = 1; i < sent.times_size(); ++i) EXPECT_GT(sent.times(i), sent.times(i - 1));
  EXPECT_EQ(sent.resample_below(), 0);
}

TEST_F(DrawTest, ManyPointsAreThinnedAndSnapshotsAreDots) {
  PointTable snapshot;
  snapshot.dimension = 2;
  snapshot.values.resize(2 * 10, 3.0);
  PointTable other = snapshot;
  other.dimension = 1;  // of another dimension: not drawn
  const std::string svg = Draw(100000, {{0.0, snapshot}, {1.0, other}});
  EXPECT_GT(Count(svg, "<polyline"), 100u);
  EXPECT_LE(Count(svg, "<polyline"), 300u);
  EXPECT_EQ(Count(svg, "r=\"2\""), 10u);
  EXPECT_THAT(svg, HasSubstr("t = 0 day"));
}

}  // namespace
}  // namespace actionmatch
