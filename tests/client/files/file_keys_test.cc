#include "client/files/file_keys.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace actionmatch {
namespace {

using ::testing::HasSubstr;

TEST(FileKeysTest, AKeyGoesBeforeTheUsualNamesAndTakenNamesAreLeftOut) {
  EXPECT_EQ(*NameFor("a.csv", kTimes, "", {}, {"x", "day"}), "day");
  EXPECT_EQ(*NameFor("a.csv", kTimes, "x", {}, {"x", "day"}), "x");
  EXPECT_EQ(*NameFor("a.csv", kTimes, "", {"day"}, {"x", "day", "time"}), "time");
  EXPECT_EQ(*NameFor("a.csv", kTimes, "", {}, {"x"}), "");
  EXPECT_THAT(std::string(NameFor("a.csv", kTimes, "", {}, {"day", "time"}).status().message()),
              HasSubstr("a.csv: each of day, time could hold the times: say which does with --time-key"));
}

TEST(FileKeysTest, NoUsualNameStandsForTwoRoles) {
  std::set<std::string> names;
  for (const Role& role : {kTimes, kPoints, kWeights}) {
    for (const absl::string_view name : role.usual) {
      EXPECT_TRUE(names.insert(std::string(name)).second) << name;
      EXPECT_TRUE(role.Usually(name));
    }
  }
}

TEST(FileKeysTest, ColumnsAreDistinctAndNoneIsTakenForTimesOrWeights) {
  for (const std::vector<std::string>& names :
       {std::vector<std::string>{}, {"a", "b", "c"}, {"time", "w", "t"}, {"", "", "x1"}, {"a", "a", "a_"}}) {
    const std::vector<std::string> columns = ColumnNames(names, 3);
    EXPECT_EQ(columns.size(), 3u);
    EXPECT_EQ(std::set<std::string>(columns.begin(), columns.end()).size(), 3u);
    for (const std::string& column : columns) {
      EXPECT_FALSE(column.empty() || kTimes.Usually(column) || kWeights.Usually(column)) << column;
    }
    // What is already as it should be stays.
    EXPECT_EQ(ColumnNames(columns, 3), columns);
  }
}

}  // namespace
}  // namespace actionmatch
