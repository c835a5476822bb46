#include "server/messages/snapshot_batch.h"

#include <gtest/gtest.h>

#include "server/messages/tensor.h"

namespace actionmatch {
namespace {

v1::SnapshotBatch Batch(v1::DataType type = v1::DATA_TYPE_FLOAT64) {
  v1::SnapshotBatch batch;
  batch.set_number(3);
  batch.set_time(1.5);
  *batch.mutable_points() = ToTensor(std::vector<double>{1, 2, 3, 4, 5, 6}, {3, 2}, type);
  return batch;
}

TEST(SnapshotBatchTest, StoredFormGivesTheSameBatchBack) {
  v1::SnapshotBatch with_all = Batch(v1::DATA_TYPE_FLOAT32);
  *with_all.mutable_times() = ToTensor(std::vector<double>{1, 2, 1}, {3}, v1::DATA_TYPE_FLOAT64);
  *with_all.mutable_weights() = ToTensor(std::vector<double>{1, 0, 0.5}, {3}, v1::DATA_TYPE_FLOAT64);
  for (const v1::SnapshotBatch& batch : {Batch(), with_all}) {
    ASSERT_TRUE(CheckBatch(batch).ok()) << CheckBatch(batch);
    const std::string bytes = SerializeBatch(batch);
    EXPECT_EQ(ParseBatch(bytes)->SerializeAsString(), batch.SerializeAsString());
    for (size_t i = 0; i < bytes.size(); i += 7) {
      std::string damaged = bytes;
      damaged[i] ^= 1;
      EXPECT_FALSE(ParseBatch(damaged).ok()) << "byte " << i;
    }
  }
}

TEST(SnapshotBatchTest, TheHashIsOfWhatTheRowsSayNotOfHowTheySayIt) {
  v1::SnapshotBatch spelled_out = Batch();
  *spelled_out.mutable_times() = ToTensor(std::vector<double>{1.5, 1.5, 1.5}, {3}, v1::DATA_TYPE_FLOAT64);
  *spelled_out.mutable_weights() = ToTensor(std::vector<double>{1, 1, 1}, {3}, v1::DATA_TYPE_FLOAT64);
  EXPECT_EQ(BatchHash(spelled_out), BatchHash(Batch()));
  v1::SnapshotBatch other = Batch();
  other.set_number(4);
  EXPECT_NE(BatchHash(other), BatchHash(Batch()));
  other = Batch();
  other.set_time(1.6);
  EXPECT_NE(BatchHash(other), BatchHash(Batch()));
  EXPECT_NE(BatchHash(Batch(v1::DATA_TYPE_FLOAT32)), BatchHash(Batch()));
}

}  // namespace
}  // namespace actionmatch
