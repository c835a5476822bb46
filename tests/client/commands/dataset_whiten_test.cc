#include "client/commands/dataset_whiten.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/client/support/fake_datasets.h"
#include "tests/client/support/local_server.h"

namespace actionmatch {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Standard deviations 1 and 10.
PointTable Points() { return {2, {0, 30, 2, 10}, {"a", "b"}, false}; }

class DatasetWhitenTest : public ::testing::Test {
 protected:
  DatasetWhitenTest() : server_(&service_), session_{server_.client()} { service_.dataset.set_name("datasets/like"); }

  FakeDatasets service_;
  LocalServer server_;
  Session session_;
  Arguments arguments_;
  v1::Dataset dataset_;
};

TEST_F(DatasetWhitenTest, WithoutAFlagNothingChanges) {
  PointTable points = Points();
  ASSERT_TRUE(Whiten(session_, arguments_, &points, &dataset_).ok());
  EXPECT_EQ(points.values, Points().values);
  EXPECT_FALSE(dataset_.has_transform());
}

TEST_F(DatasetWhitenTest, ComponentsHaveUnitDeviationAndTheScaleBringsThemBack) {
  arguments_.Add("--whiten", {""});
  PointTable points = Points();
  ASSERT_TRUE(Whiten(session_, arguments_, &points, &dataset_).ok());
  EXPECT_THAT(dataset_.transform().scale(), ElementsAre(1, 10));
  EXPECT_THAT(points.values, ElementsAre(0, 3, 2, 1));
  PointTable flat = {2, {1, 5, 2, 5}, {"a", "b"}, false};
  EXPECT_THAT(std::string(Whiten(session_, arguments_, &flat, &dataset_).message()),
              HasSubstr("component b is the same in all rows"));
}

TEST_F(DatasetWhitenTest, LikeAnotherDatasetTakesItsScale) {
  arguments_.Add("--like", {"like"});
  PointTable points = Points();
  EXPECT_TRUE(absl::IsFailedPrecondition(Whiten(session_, arguments_, &points, &dataset_)));
  service_.dataset.mutable_transform()->add_scale(2);
  EXPECT_TRUE(absl::IsInvalidArgument(Whiten(session_, arguments_, &points, &dataset_)));  // one component, not two
  service_.dataset.mutable_transform()->add_scale(5);
  ASSERT_TRUE(Whiten(session_, arguments_, &points, &dataset_).ok());
  EXPECT_THAT(dataset_.transform().scale(), ElementsAre(2, 5));
  EXPECT_THAT(points.values, ElementsAre(0, 6, 1, 2));
}

}  // namespace
}  // namespace actionmatch
