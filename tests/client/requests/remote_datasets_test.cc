#include "client/requests/remote_datasets.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/tensor_values.h"
#include "tests/client/support/fake_datasets.h"
#include "tests/client/support/local_server.h"

namespace actionmatch {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

v1::SnapshotBatch Batch(const std::vector<double>& points, double time) {
  v1::SnapshotBatch batch;
  *batch.mutable_points() = MakeTensor(points, {static_cast<int64_t>(points.size()) / 2, 2}, false);
  batch.set_time(time);
  return batch;
}

class RemoteDatasetsTest : public ::testing::Test {
 protected:
  RemoteDatasetsTest() : server_(&service_) {
    service_.dataset.set_name("datasets/a");
    service_.dataset.set_dimension(2);
    service_.dataset.add_axis_names("u");
    service_.dataset.add_axis_names("v");
    service_.dataset.set_data_type(v1::DATA_TYPE_FLOAT64);
  }

  FakeDatasets service_;
  LocalServer server_;
};

TEST_F(RemoteDatasetsTest, ADatasetIsFoundByItsNameAndTheErrorIsTheServers) {
  const absl::StatusOr<v1::Dataset> found = GetDataset(server_.client(), "datasets/a");
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ(found->SerializeAsString(), service_.dataset.SerializeAsString());
  EXPECT_TRUE(absl::IsNotFound(GetDataset(server_.client(), "datasets/b").status()));
}

TEST_F(RemoteDatasetsTest, RowsComeInTheirOrderWithOneTimeOrATimeEach) {
  service_.batches = {Batch({1, 2, 3, 4}, 0.5), Batch({5, 6, 7, 8}, 0)};
  *service_.batches[1].mutable_times() = MakeTensor({2, 1}, {2}, false);
  const absl::StatusOr<SnapshotTable> rows = ReadRows(server_.client(), service_.dataset);
  ASSERT_TRUE(rows.ok()) << rows.status();
  EXPECT_THAT(rows->points.values, ElementsAre(1, 2, 3, 4, 5, 6, 7, 8));
  EXPECT_EQ(rows->points.dimension, 2);
  EXPECT_FALSE(rows->points.single);
  EXPECT_THAT(rows->points.names, ElementsAre("u", "v"));
  EXPECT_THAT(rows->times, ElementsAre(0.5, 0.5, 2, 1));
  EXPECT_THAT(rows->weights, IsEmpty());
}

TEST_F(RemoteDatasetsTest, OneBatchWithWeightsGivesTheOthersWeightOne) {
  service_.batches = {Batch({1, 2}, 0), Batch({3, 4, 5, 6}, 1), Batch({7, 8}, 2)};
  *service_.batches[1].mutable_weights() = MakeTensor({0.25, 0}, {2}, false);
  EXPECT_THAT(ReadRows(server_.client(), service_.dataset)->weights, ElementsAre(1, 0.25, 0, 1));
}

TEST_F(RemoteDatasetsTest, SinglesAreKnownAsSuch) {
  service_.dataset.set_data_type(v1::DATA_TYPE_FLOAT32);
  v1::SnapshotBatch batch = Batch({}, 0);
  *batch.mutable_points() = MakeTensor({0.1, 2}, {1, 2}, true);
  service_.batches = {batch};
  const absl::StatusOr<SnapshotTable> rows = ReadRows(server_.client(), service_.dataset);
  EXPECT_TRUE(rows->points.single);
  EXPECT_THAT(rows->points.values, ElementsAre(0.1f, 2));
}

TEST_F(RemoteDatasetsTest, ATransformIsToldOnlyWhereThereIsOne) {
  v1::Transform transform;
  EXPECT_EQ(TransformText(transform), "");
  transform.add_scale(2);
  EXPECT_NE(TransformText(transform), "");
}

}  // namespace
}  // namespace actionmatch
