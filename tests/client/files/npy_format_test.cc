#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/files/array_file.h"
#include "client/files/point_files.h"
#include "tests/client/support/temporary_file.h"

namespace actionmatch {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string Message(const absl::Status& status) { return std::string(status.message()); }

TEST(NpyFormatTest, TheFirstColumnOfAnNpyFileIsTheTime) {
  const std::string path = FileOf("a.npy", SerializeNpy({{2, 3}, {0, 1, 2, 5, 3, 4}, false}));
  const absl::StatusOr<SnapshotTable> table = ReadSnapshots(path, {});
  ASSERT_TRUE(table.ok()) << table.status();
  EXPECT_THAT(table->times, ElementsAre(0, 5));
  EXPECT_THAT(table->points.values, ElementsAre(1, 2, 3, 4));
  for (const FileKeys& keys : {FileKeys{"day", {}, ""}, FileKeys{"", {"x"}, ""}, FileKeys{"", {}, "w"}}) {
    EXPECT_THAT(Message(ReadSnapshots(path, keys).status()), HasSubstr("a.npy: an NPY file names nothing"));
  }
}

TEST(NpyFormatTest, SnapshotsNeedATimeAndAComponent) {
  const std::string path = FileOf("narrow.npy", SerializeNpy({{2, 1}, {0, 1}, false}));
  EXPECT_THAT(Message(ReadSnapshots(path, {}).status()), HasSubstr("narrow.npy: snapshots in an NPY file need shape"));
  EXPECT_THAT(ReadPoints(path, {})->values, ElementsAre(0, 1));
}

}  // namespace
}  // namespace actionmatch
