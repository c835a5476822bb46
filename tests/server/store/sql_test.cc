// Laws of statements: what goes in comes out, exactly.

#include "server/store/sql.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "server/store/sqlite_database.h"

namespace actionmatch {
namespace {

using ::testing::ElementsAre;

// Runs the work on a database in memory with the table `cells`.
void InDatabase(const std::function<void(Sql&)>& work) {
  const std::unique_ptr<Database> database = *OpenSqliteInMemory();
  const absl::Status status = database->Write([&](Sql& sql) {
    sql.Run("CREATE TABLE cells (text TEXT NOT NULL, whole BIGINT NOT NULL, real DOUBLE PRECISION NOT NULL)");
    work(sql);
    return absl::OkStatus();
  });
  EXPECT_TRUE(status.ok()) << status;
}

TEST(SqlTest, ValuesComeBackExactly) {
  InDatabase([](Sql& sql) {
    const std::vector<std::string> texts = {"", "'; DROP TABLE cells; --", "\xc3\xa9\xf0\x9f\x8e\xb2",
                                            std::string(100000, 'x')};
    const std::vector<int64_t> wholes = {0, -1, std::numeric_limits<int64_t>::max(),
                                         std::numeric_limits<int64_t>::min()};
    const std::vector<double> reals = {0.1, -1e300, 5e-324, 1.0 / 3};
    for (size_t i = 0; i < texts.size(); ++i) {
      sql.Run("DELETE FROM cells");
      sql.Run("INSERT INTO cells (text, whole, real) VALUES (:text, :whole, :real)", {texts[i], wholes[i], reals[i]});
      std::string text = "before";
      int64_t whole = 7;
      double real = 7;
      EXPECT_TRUE(sql.Find("SELECT text, whole, real FROM cells WHERE whole = :whole AND text = :text",
                           {wholes[i], texts[i]}, {&text, &whole, &real}));
      EXPECT_EQ(text, texts[i]);
      EXPECT_EQ(whole, wholes[i]);
      EXPECT_EQ(real, reals[i]);
    }
  });
}

TEST(SqlTest, WhatIsNotFoundLeavesTheColumnsAsTheyWere) {
  InDatabase([](Sql& sql) {
    std::string text = "before";
    EXPECT_FALSE(sql.Find("SELECT text FROM cells WHERE whole = :whole", {1}, {&text}));
    EXPECT_EQ(text, "before");
  });
}

TEST(SqlTest, RowsComeInTheirOrderUntilTheVisitorHasEnough) {
  InDatabase([](Sql& sql) {
    for (const int i : {3, 1, 4, 2}) {
      sql.Run("INSERT INTO cells (text, whole, real) VALUES ('', :whole, :real)", {i, i / 2.0});
    }
    const auto first = [&sql](size_t most) {
      std::vector<int> seen;
      int whole = 0;
      sql.ForEach("SELECT whole FROM cells ORDER BY whole", {}, {&whole}, [&] {
        seen.push_back(whole);
        return seen.size() < most;
      });
      return seen;
    };
    EXPECT_THAT(first(10), ElementsAre(1, 2, 3, 4));
    EXPECT_THAT(first(2), ElementsAre(1, 2));
    EXPECT_THAT(first(1), ElementsAre(1));
  });
}

}  // namespace
}  // namespace actionmatch
