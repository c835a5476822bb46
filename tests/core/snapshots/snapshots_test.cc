#include "core/snapshots/snapshots.h"

#include <gtest/gtest.h>

#include <set>

#include "core/random.h"

namespace actionmatch {
namespace {

constexpr int64_t kRows = 3000;

// Rows of three times, interleaved; cut into batches of the given size.
Snapshots Build(int64_t batch) {
  Random random(1, RandomStream::kSimulate);
  Points all{2, {}};
  std::vector<double> times;
  for (int64_t i = 0; i < kRows; ++i) {
    times.push_back(static_cast<double>((i * 7) % 3));
    all.Append({random.Normal(), random.Normal() + 3});
  }
  SnapshotsBuilder builder(2);
  for (int64_t first = 0; first < kRows; first += batch) {
    const int64_t n = std::min(batch, kRows - first);
    const Points part{2, {all.values.begin() + 2 * first, all.values.begin() + 2 * (first + n)}};
    builder.Add(absl::MakeConstSpan(times).subspan(first, n), {}, part);
  }
  return std::move(builder).Build();
}

TEST(SnapshotsTest, BatchingChangesNothing) {
  const Snapshots one = Build(kRows);
  const Snapshots many = Build(7);
  ASSERT_EQ(one.at.size(), 3u);
  ASSERT_EQ(many.at.size(), 3u);
  for (size_t k = 0; k < 3; ++k) {
    EXPECT_EQ(one.at[k].time, static_cast<double>(k));
    EXPECT_EQ(one.at[k].points.values, many.at[k].points.values);
    EXPECT_EQ(one.at[k].rows, many.at[k].rows);
  }
}

TEST(SnapshotsTest, StandardisedDataHaveMeanZeroAndMeanSquareOne) {
  const Snapshots all = Build(kRows);
  const Standardisation s = Standardise(all);
  double sum[2] = {0, 0}, squares = 0;
  for (const Snapshot& snapshot : all.at) {
    for (int64_t i = 0; i < snapshot.points.count(); ++i) {
      for (int d = 0; d < 2; ++d) {
        const double y = (snapshot.points.row(i)[d] - s.mean[d]) / s.scale;
        sum[d] += y;
        squares += y * y;
      }
    }
  }
  EXPECT_NEAR(sum[0], 0, 1e-8);
  EXPECT_NEAR(sum[1], 0, 1e-8);
  EXPECT_NEAR(squares / (2 * kRows), 1, 1e-10);
  EXPECT_EQ(s.Tau(0), 0);
  EXPECT_EQ(s.Tau(2), 1);
}

TEST(SnapshotsTest, SubsetsPartitionTheRowsInTheAskedShares) {
  const Snapshots all = Build(kRows);
  const HoldOutSpec hold_out{0.25, 0.2, {}};
  std::set<int64_t> seen;
  int64_t counts[3] = {0, 0, 0};
  const Subset subsets[3] = {Subset::kTrain, Subset::kValidation, Subset::kTest};
  for (int s = 0; s < 3; ++s) {
    for (const Snapshot& snapshot : Select(all, hold_out, 9, subsets[s]).at) {
      counts[s] += snapshot.points.count();
      for (int64_t row : snapshot.rows) EXPECT_TRUE(seen.insert(row).second);
    }
  }
  EXPECT_EQ(seen.size(), static_cast<size_t>(kRows));
  EXPECT_NEAR(counts[0], 0.6 * kRows, 0.05 * kRows);
  EXPECT_NEAR(counts[1], 0.2 * kRows, 0.05 * kRows);
  EXPECT_NEAR(counts[2], 0.2 * kRows, 0.05 * kRows);
}

TEST(SnapshotsTest, HeldOutTimesAreAllTestAndSeedsChangeTheSplit) {
  const Snapshots all = Build(kRows);
  const HoldOutSpec hold_out{0.1, 0.0, {1}};
  const Snapshots train = Select(all, hold_out, 0, Subset::kTrain);
  ASSERT_EQ(train.at.size(), 2u);
  EXPECT_EQ(train.at[1].time, 2);
  const Snapshots test = Select(all, hold_out, 0, Subset::kTest);
  ASSERT_EQ(test.at.size(), 1u);
  EXPECT_EQ(test.at[0].rows, all.at[1].rows);
  EXPECT_NE(Select(all, hold_out, 1, Subset::kTrain).at[0].rows, train.at[0].rows);
}

}  // namespace
}  // namespace actionmatch
