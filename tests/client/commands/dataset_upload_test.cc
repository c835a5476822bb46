#include "client/commands/dataset_upload.h"

#include <gtest/gtest.h>

#include "client/tensor_values.h"
#include "tests/client/support/fake_datasets.h"
#include "tests/client/support/local_server.h"

namespace actionmatch {
namespace {

SnapshotTable Rows(int64_t count, bool weighted) {
  SnapshotTable table;
  table.points.dimension = 50;
  for (int64_t i = 0; i < 50 * count; ++i) table.points.values.push_back(static_cast<double>(i));
  for (int64_t i = 0; i < count; ++i) table.times.push_back(static_cast<double>(i % 3));
  if (weighted) table.weights.assign(count, 0.5);
  return table;
}

// Batches are numbered without gaps, and their rows are all rows in their order.
TEST(DatasetUploadTest, AllRowsAreSentInNumberedBatchesThatTheServerTakes) {
  for (const int most_bytes : {4 << 20, 100 << 10}) {
    for (const bool weighted : {false, true}) {
      FakeDatasets service;
      service.dataset.set_name("datasets/a");
      LocalServer server(&service, most_bytes);
      const SnapshotTable table = Rows(6000, weighted);
      const Sent sent = Upload(server.client(), table, service.dataset, 7);
      ASSERT_TRUE(sent.status.ok()) << sent.status;
      EXPECT_EQ(sent.rows, 6000);
      std::vector<double> points, times, weights;
      int64_t number = 7;
      for (const v1::SnapshotBatch& batch : service.batches) {
        EXPECT_EQ(batch.number(), number++);
        EXPECT_LE(batch.ByteSizeLong(), static_cast<size_t>(most_bytes));
        for (const double value : Values(batch.points())) points.push_back(value);
        for (const double value : Values(batch.times())) times.push_back(value);
        if (batch.has_weights()) {
          for (const double value : Values(batch.weights())) weights.push_back(value);
        }
      }
      EXPECT_EQ(points, table.points.values);
      EXPECT_EQ(times, table.times);
      EXPECT_EQ(weights, table.weights);
    }
  }
}

TEST(DatasetUploadTest, AServerThatIsNotThereStoresNothing) {
  Client client("127.0.0.1:1");
  v1::Dataset dataset;
  dataset.set_name("datasets/a");
  const Sent sent = Upload(client, Rows(10, false), dataset, 1);
  EXPECT_TRUE(absl::IsUnavailable(sent.status)) << sent.status;
  EXPECT_EQ(sent.rows, 0);
}

}  // namespace
}  // namespace actionmatch
