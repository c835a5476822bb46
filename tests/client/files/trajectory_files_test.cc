#include "client/files/trajectory_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/files/array_file.h"
#include "client/files/csv.h"
#include "client/files/formats.h"
#include "tests/client/support/temporary_file.h"

namespace actionmatch {
namespace {

using ::testing::ElementsAre;

// Two frames of three points in two dimensions, the later time first, as asked.
SampledTrajectories Sampled() {
  SampledTrajectories sampled;
  sampled.times = {2, 0.1};
  sampled.count = 3;
  sampled.dimension = 2;
  for (int i = 0; i < 12; ++i) sampled.points.push_back(i / 3.0);
  sampled.log_weights = {0, -0.5, 1e-9, 0.25, 3, -4};
  return sampled;
}

TEST(TrajectoryFilesTest, AnNpzFileHoldsTheFramesAsTheyWereAsked) {
  const SampledTrajectories sampled = Sampled();
  ASSERT_TRUE(WriteTrajectories(PathTo("t.npz"), {"a", "b"}, sampled).ok());
  const absl::StatusOr<ArrayArchive> archive = ReadNpz(PathTo("t.npz"));
  ASSERT_TRUE(archive.ok()) << archive.status();
  EXPECT_EQ(archive->arrays.at("times").values, sampled.times);
  EXPECT_THAT(archive->arrays.at("points").shape, ElementsAre(2, 3, 2));
  EXPECT_EQ(archive->arrays.at("points").values, sampled.points);
  EXPECT_THAT(archive->arrays.at("log_weights").shape, ElementsAre(2, 3));
  EXPECT_EQ(archive->arrays.at("log_weights").values, sampled.log_weights);
}

TEST(TrajectoryFilesTest, ACsvFileHasALineForEachPointOfEachFrame) {
  const SampledTrajectories sampled = Sampled();
  // A component that is called as another column is gets another name.
  ASSERT_TRUE(WriteTrajectories(PathTo("t.csv"), {"a", "id"}, sampled).ok());
  const absl::StatusOr<CsvTable> table = ParseCsv(*ReadFile(PathTo("t.csv")));
  ASSERT_TRUE(table.ok()) << table.status();
  EXPECT_THAT(table->names, ElementsAre("time", "id", "log_weight", "a", "id_"));
  EXPECT_THAT(table->columns[0], ElementsAre(2, 2, 2, 0.1, 0.1, 0.1));
  EXPECT_THAT(table->columns[1], ElementsAre(0, 1, 2, 0, 1, 2));
  EXPECT_EQ(table->columns[2], sampled.log_weights);
  for (int64_t row = 0; row < 6; ++row) {
    EXPECT_EQ(table->columns[3][row], sampled.points[2 * row]);
    EXPECT_EQ(table->columns[4][row], sampled.points[2 * row + 1]);
  }
}

TEST(TrajectoryFilesTest, EveryFormatThatTakesTrajectoriesMakesAFile) {
  for (const FileFormat* format : FormatsWith(&FileFormat::write_trajectories)) {
    const std::string path = PathTo(absl::StrCat("any", format->ending));
    ASSERT_TRUE(WriteTrajectories(path, {"a", "b"}, Sampled()).ok()) << format->ending;
    EXPECT_GT(ReadFile(path)->size(), 100u);
  }
}

}  // namespace
}  // namespace actionmatch
