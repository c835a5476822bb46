// Laws of windows: which rows are drawn how often.

#include "core/snapshots/row_windows.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <set>

#include "core/snapshots/training_rows.h"
#include "tests/core/support/stored_files.h"

namespace actionmatch {
namespace {

using Layout = StoredFiles::Layout;

Snapshots Data(int64_t points = 1000) { return ThreeGaussians(points); }

TrainSpec Spec(const Snapshots& data) {
  TrainSpec spec;
  spec.hold_out.validation_fraction = 0.2;
  spec.hold_out.test_fraction = 0.1;
  return ResolveSpec(spec, data.shape());
}

// Windows of 160 rows of each of three snapshots, in blocks of 10.
constexpr WindowOptions kSmall = {160 * 3 * 16, 10 * 16};

PreparedRows Prepare(const TrainSpec& spec, const StoredFiles& files, const WindowOptions& options = kSmall) {
  absl::StatusOr<PreparedRows> rows = PrepareRows(spec, files.Open(), options, nullptr);
  EXPECT_TRUE(rows.ok()) << rows.status();
  return *std::move(rows);
}

TEST(RowWindowsTest, EveryRowsShareOfDrawsIsItsShareOfTheWeight) {
  for (const Layout layout : {Layout::kTimeByTime, Layout::kInterleaved}) {
    const StoredFiles files(Data(400), 97, layout, /*weighted=*/true);
    const TrainSpec spec = Spec(files.in_memory());
    const PreparedRows rows = Prepare(spec, files);
    const Snapshots train = Select(files.in_memory(), spec.hold_out, spec.seed, Subset::kTrain);
    constexpr int kWindows = 500;
    std::map<int64_t, double> share;  // of all draws of the row's snapshot
    for (int w = 0; w < kWindows; ++w) {
      const absl::StatusOr<Snapshots> window = rows.choosing.windows->Read(w, 160);
      ASSERT_TRUE(window.ok()) << window.status();
      for (const Snapshot& snapshot : window->at) {
        double sum = 0;
        for (double weight : snapshot.weights) sum += weight;
        for (size_t i = 0; i < snapshot.rows.size(); ++i)
          share[snapshot.rows[i]] += snapshot.weights[i] / sum / kWindows;
      }
    }
    for (const Snapshot& snapshot : train.at) {
      double sum = 0;
      for (double weight : snapshot.weights) sum += weight;
      for (size_t i = 0; i < snapshot.rows.size(); ++i) {
        // Windows cover strata evenly: far closer than independent draws, whose deviation would be 7 %.
        EXPECT_NEAR(share[snapshot.rows[i]] * sum / snapshot.weights[i], 1, 0.03) << snapshot.rows[i];
        share.erase(snapshot.rows[i]);
      }
    }
    EXPECT_TRUE(share.empty()) << share.begin()->first << " is held out, and was drawn";
  }
}

TEST(RowWindowsTest, AWindowHasItsSizeAndItsOwnRowsAndIsTheSameAgain) {
  const StoredFiles files(Data(), 97);
  const TrainSpec spec = Spec(files.in_memory());
  const PreparedRows rows = Prepare(spec, files);
  EXPECT_EQ(rows.choosing.windows->window_rows(), 160);
  std::set<int64_t> seen;
  for (int64_t w = 0; w < 7; ++w) {
    const Snapshots window = *rows.choosing.windows->Read(w, 160);
    const Snapshots again = *Prepare(spec, files).choosing.windows->Read(w, 160);
    for (size_t k = 0; k < 3; ++k) {
      EXPECT_LE(window.at[k].points.count(), 160);
      EXPECT_GT(window.at[k].points.count(), 80);
      EXPECT_EQ(window.at[k].rows, again.at[k].rows);
      EXPECT_EQ(window.at[k].points.values, again.at[k].points.values);
      seen.insert(window.at[k].rows.begin(), window.at[k].rows.end());
    }
  }
  // 16 of 100 blocks a window: seven windows leave little out.
  EXPECT_GT(static_cast<double>(seen.size()), 0.8 * 0.72 * 3000);
}

TEST(RowWindowsTest, ASnapshotThatFitsIsWholeInEveryWindow) {
  const StoredFiles files(Data(), 97, Layout::kTimeByTime, /*weighted=*/true);
  const TrainSpec spec = Spec(files.in_memory());
  const PreparedRows rows = Prepare(spec, files, {});
  const Snapshots train = Select(files.in_memory(), spec.hold_out, spec.seed, Subset::kTrain);
  const Snapshots window = *rows.choosing.windows->Read(5, rows.choosing.windows->window_rows());
  for (size_t k = 0; k < 3; ++k) {
    EXPECT_EQ(window.at[k].points.values, train.at[k].points.values);
    EXPECT_EQ(window.at[k].weights, train.at[k].weights);
  }
}

}  // namespace
}  // namespace actionmatch
