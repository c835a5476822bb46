// What is prepared from rows in their files is what is prepared from the same rows in memory, however files are cut.

#include <gtest/gtest.h>

#include <vector>

#include "core/snapshots/training_rows.h"
#include "tests/core/support/stored_files.h"

namespace actionmatch {
namespace {

using Layout = StoredFiles::Layout;

PreparedRows FromFiles(const TrainSpec& spec, const StoredFiles& files) {
  absl::StatusOr<PreparedRows> rows = PrepareRows(spec, files.Open(), {160 * 3 * 16, 10 * 16}, nullptr);
  EXPECT_TRUE(rows.ok()) << rows.status();
  return *std::move(rows);
}

// The same units up to rounding, and the same masses, in the windows too.
void ExpectSame(const TrainingRows& files, const TrainingRows& memory) {
  EXPECT_NEAR(files.standardisation.scale, memory.standardisation.scale, 1e-12);
  for (size_t d = 0; d < 2; ++d) EXPECT_NEAR(files.standardisation.mean[d], memory.standardisation.mean[d], 1e-12);
  EXPECT_EQ(files.standardisation.start_time, memory.standardisation.start_time);
  EXPECT_EQ(files.standardisation.duration, memory.standardisation.duration);
  ASSERT_EQ(files.rows.at.size(), memory.rows.at.size());
  const Snapshots window = *files.windows->Read(0, 160);
  for (size_t k = 0; k < files.rows.at.size(); ++k) {
    EXPECT_EQ(files.rows.at[k].time, memory.rows.at[k].time);
    EXPECT_NEAR(files.rows.at[k].mass, memory.rows.at[k].mass, 1e-12);
    EXPECT_EQ(window.at[k].mass, files.rows.at[k].mass);
  }
}

// The same bits.
void ExpectSame(const std::vector<Push>& files, const std::vector<Push>& memory) {
  ASSERT_EQ(files.size(), memory.size());
  for (size_t i = 0; i < files.size(); ++i) {
    EXPECT_EQ(files[i].subset, memory[i].subset);
    EXPECT_EQ(files[i].source_present, memory[i].source_present);
    EXPECT_EQ(files[i].observed_present, memory[i].observed_present);
    EXPECT_EQ(files[i].source.rows, memory[i].source.rows);
    EXPECT_EQ(files[i].source.points.values, memory[i].source.points.values);
    EXPECT_EQ(files[i].observed.rows, memory[i].observed.rows);
    EXPECT_EQ(files[i].observed.weights, memory[i].observed.weights);
  }
}

TEST(TrainingRowsFromFilesTest, SplitUnitsMassesAndMeasuredRowsAreThoseOfMemory) {
  Snapshots data = ThreeGaussians(5200);  // more held out than are measured
  data.at[1].points.values.resize(2 * 3001);
  for (const Layout layout : {Layout::kInterleaved, Layout::kTimeByTime}) {
    for (const bool whole_time : {true, false}) {
      const StoredFiles files(data, whole_time ? 501 : 4000, layout, /*weighted=*/true);
      TrainSpec spec;
      spec.hold_out.validation_fraction = 0.2;
      spec.hold_out.test_fraction = 0.1;
      spec = ResolveSpec(spec, files.in_memory().shape());
      spec.dynamics.lambda = 1;
      spec.mass.source = MassSpec::Source::kCounts;
      if (whole_time) spec.hold_out.test_times = {files.in_memory().at[1].time};
      const PreparedRows stored = FromFiles(spec, files);
      const PreparedRows memory = *PrepareRows(spec, files.in_memory());
      ExpectSame(stored.choosing, memory.choosing);
      ExpectSame(*stored.refit, *memory.refit);
      ExpectSame(stored.pushes, memory.pushes);
      EXPECT_FALSE(stored.pushes.empty());
    }
  }
}

// Values far from 0: sums of squares would lose all digits.
TEST(TrainingRowsFromFilesTest, UnitsKeepTheirDigitsFarFromTheOrigin) {
  Snapshots data = ThreeGaussians(1000);
  for (Snapshot& snapshot : data.at) {
    for (double& x : snapshot.points.values) x += 1e7;
  }
  const StoredFiles files(data, 97);
  const TrainSpec spec = ResolveSpec({}, files.in_memory().shape());
  const PreparedRows memory = *PrepareRows(spec, files.in_memory());
  EXPECT_NEAR(FromFiles(spec, files).choosing.standardisation.scale, memory.choosing.standardisation.scale, 1e-7);
}

TEST(TrainingRowsFromFilesTest, ProgressRisesToOneAndItsErrorEndsTheWork) {
  const StoredFiles files(ThreeGaussians(500), 100);
  const TrainSpec spec = ResolveSpec({}, files.in_memory().shape());
  double heard = 0;
  const auto rows = PrepareRows(spec, files.Open(), {}, [&](double fraction) {
    EXPECT_GE(fraction, heard);
    heard = fraction;
    return absl::OkStatus();
  });
  EXPECT_TRUE(rows.ok()) << rows.status();
  EXPECT_EQ(heard, 1);
  const auto ended = PrepareRows(spec, files.Open(), {}, [](double) { return absl::CancelledError("cancelled"); });
  EXPECT_EQ(ended.status().code(), absl::StatusCode::kCancelled);
}

}  // namespace
}  // namespace actionmatch
