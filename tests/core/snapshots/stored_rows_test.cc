// Rows read from files are the rows that memory would hold.

#include "core/snapshots/stored_rows.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/core/support/stored_files.h"

namespace actionmatch {
namespace {

using ::testing::HasSubstr;

Snapshots Data() { return ThreeGaussians(101); }

TEST(StoredRowsTest, AnyRangeOfAnyTimeIsWhatMemoryHolds) {
  for (const StoredFiles::Layout layout : {StoredFiles::Layout::kTimeByTime, StoredFiles::Layout::kInterleaved}) {
    for (const bool float32 : {false, true}) {
      const StoredFiles files(Data(), 17, layout, true, float32);
      const auto rows = files.Open();
      const Snapshots& all = files.in_memory();
      ASSERT_EQ(rows->shape().times, all.shape().times);
      ASSERT_EQ(rows->shape().counts, all.shape().counts);
      EXPECT_EQ(rows->bytes_per_row(), float32 ? 8 : 16);
      for (size_t k = 0; k < all.at.size(); ++k) {
        const Snapshot& whole = all.at[k];
        for (const auto& [begin, end] :
             std::vector<std::pair<int64_t, int64_t>>{{0, 101}, {0, 1}, {16, 18}, {50, 101}}) {
          Snapshot read;
          read.points.dimension = 2;
          ASSERT_TRUE(rows->Append(
                              k, begin, end, [](int64_t row) { return row % 5 != 0; }, &read)
                          .ok());
          Snapshot expected;
          for (int64_t i = begin; i < end; ++i) {
            if (whole.rows[i] % 5 == 0) continue;
            expected.points.Append(whole.points.row(i));
            expected.weights.push_back(whole.weights[i]);
            expected.rows.push_back(whole.rows[i]);
          }
          EXPECT_EQ(read.points.values, expected.points.values) << k << " from " << begin << " to " << end;
          EXPECT_EQ(read.weights, expected.weights);
          EXPECT_EQ(read.rows, expected.rows);
        }
      }
    }
  }
}

TEST(StoredRowsTest, AWholePassHasEveryRowInOrder) {
  const StoredFiles files(Data(), 40, StoredFiles::Layout::kInterleaved, true);
  SnapshotsBuilder builder(2);
  double last = 0;
  const absl::Status status = files.Open()->ForEachFile([&](const StoredRows::Rows& rows, double fraction) {
    builder.Add(rows.times, rows.weights, rows.points);
    EXPECT_GT(fraction, last);
    last = fraction;
    return absl::OkStatus();
  });
  ASSERT_TRUE(status.ok()) << status;
  EXPECT_EQ(last, 1);
  const Snapshots read = std::move(builder).Build();
  for (size_t k = 0; k < 3; ++k) {
    EXPECT_EQ(read.at[k].points.values, files.in_memory().at[k].points.values);
    EXPECT_EQ(read.at[k].weights, files.in_memory().at[k].weights);
    EXPECT_EQ(read.at[k].rows, files.in_memory().at[k].rows);
  }
}

TEST(StoredRowsTest, DamageIsFoundAndNamesTheFile) {
  const StoredFiles files(Data(), 40);
  const std::string& path = files.paths()[2];
  const std::string bytes = *ReadWholeFile(path);
  const auto scan = [&] {
    const absl::StatusOr<StoredRows> rows = StoredRows::Open(files.paths());
    if (!rows.ok()) return rows.status();
    return rows->ForEachFile([](const StoredRows::Rows&, double) { return absl::OkStatus(); });
  };
  std::string flipped = bytes;
  flipped[bytes.size() - 3] ^= 1;
  for (const std::string& damaged : {flipped, bytes.substr(0, bytes.size() - 8), bytes.substr(0, 4), std::string()}) {
    ASSERT_TRUE(WriteFileUnsynced(path, damaged).ok());
    EXPECT_EQ(scan().code(), absl::StatusCode::kDataLoss) << scan();
    EXPECT_THAT(std::string(scan().message()), HasSubstr(path));
  }
  ASSERT_TRUE(WriteFileUnsynced(path, bytes).ok());
  EXPECT_TRUE(scan().ok());
  // A file that goes after it was opened.
  const auto rows = files.Open();
  std::filesystem::remove(path);
  Snapshot read;
  read.points.dimension = 2;
  EXPECT_EQ(rows->Append(
                    0, 0, 101, [](int64_t) { return true; }, &read)
                .code(),
            absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace actionmatch
