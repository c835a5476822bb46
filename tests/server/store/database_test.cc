// What every Database promises of its transactions, on a file and in memory.

#include "server/store/database.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <new>
#include <stdexcept>
#include <thread>
#include <vector>

#include "server/store/sqlite_database.h"

namespace actionmatch {
namespace {

using ::testing::HasSubstr;

enum class Place { kFile, kMemory };

class DatabaseTest : public ::testing::TestWithParam<Place> {
 protected:
  void SetUp() override {
    std::string pattern = ::testing::TempDir() + "database_test.XXXXXX";
    folder_ = mkdtemp(pattern.data());
    absl::StatusOr<std::unique_ptr<Database>> opened =
        GetParam() == Place::kFile ? OpenSqlite(folder_ + "/test.db") : OpenSqliteInMemory();
    ASSERT_TRUE(opened.ok()) << opened.status();
    database_ = *std::move(opened);
    ASSERT_TRUE(Execute("CREATE TABLE numbers (value BIGINT)").ok());
  }
  void TearDown() override {
    database_.reset();
    std::filesystem::remove_all(folder_);
  }

  absl::Status Execute(const std::string& statement) {
    return database_->Write([&](Sql& sql) {
      sql.Run(statement);
      return absl::OkStatus();
    });
  }
  int Count() {
    int count = -1;
    const absl::Status status = database_->Read([&](Sql& sql) {
      sql.Find("SELECT COUNT(*) FROM numbers", {}, {&count});
      return absl::OkStatus();
    });
    EXPECT_TRUE(status.ok()) << status;
    return count;
  }

  std::string folder_;
  std::unique_ptr<Database> database_;
};

class SqliteFileTest : public DatabaseTest {};

TEST_P(DatabaseTest, WhateverTheWorkThrowsIsRolledBackAndPassedOn) {
  const auto fail = [&](auto error) {
    return [=](Sql& sql) -> absl::Status {
      sql.Run("INSERT INTO numbers (value) VALUES (1)");
      throw error;
    };
  };
  // More often than there are connections.
  for (int i = 0; i < 10; ++i) {
    EXPECT_THROW((void)database_->Write(fail(std::bad_alloc())), std::bad_alloc);
    EXPECT_THROW((void)database_->Write(fail(std::runtime_error("no"))), std::runtime_error);
  }
  const absl::Status status = Execute("INSERT INTO numbers (value) VALUES (2)");
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_EQ(Count(), 1);
}

TEST_P(DatabaseTest, AnErrorOfTheWorkIsRolledBackAndReturned) {
  const absl::Status status = database_->Write([](Sql& sql) {
    sql.Run("INSERT INTO numbers (value) VALUES (1)");
    return absl::AbortedError("changed its mind");
  });
  EXPECT_EQ(status, absl::AbortedError("changed its mind"));
  EXPECT_TRUE(absl::IsInternal(Execute("no SQL")));
  EXPECT_EQ(Count(), 0);
}

TEST_P(DatabaseTest, AFullDiskIsSaidAndWritesGoOnOnceThereIsRoom) {
  // SQLite takes the limit for the end of the disk, and rolls back by itself.
  ASSERT_TRUE(Execute("PRAGMA max_page_count = 4").ok());
  const absl::Status full = Execute("INSERT INTO numbers (value) VALUES (zeroblob(100000))");
  EXPECT_TRUE(absl::IsResourceExhausted(full)) << full;
  EXPECT_THAT(std::string(full.message()), HasSubstr("free some space"));
  EXPECT_FALSE(IsBusy(full));
  ASSERT_TRUE(Execute("PRAGMA max_page_count = 1000000").ok());
  EXPECT_TRUE(Execute("INSERT INTO numbers (value) VALUES (1)").ok());
  EXPECT_EQ(Count(), 1);
}

TEST_P(SqliteFileTest, ABusyDatabaseIsTold) {
  ASSERT_TRUE(Execute("PRAGMA busy_timeout = 1").ok());
  const std::unique_ptr<Database> other = *OpenSqlite(folder_ + "/test.db");
  absl::Status busy;
  ASSERT_TRUE(other
                  ->Write([&](Sql&) {
                    busy = Execute("INSERT INTO numbers (value) VALUES (1)");
                    return absl::OkStatus();
                  })
                  .ok());
  EXPECT_TRUE(absl::IsUnavailable(busy)) << busy;
  EXPECT_TRUE(IsBusy(busy));
  EXPECT_FALSE(IsBusy(absl::UnavailableError("")));
  EXPECT_FALSE(IsBusy(absl::OkStatus()));
}

TEST_P(DatabaseTest, WritesOfManyThreadsFollowOneAnother) {
  ASSERT_TRUE(Execute("INSERT INTO numbers (value) VALUES (0)").ok());
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 25; ++i) {
        const absl::Status status = database_->Write([](Sql& sql) {
          int64_t value = 0;
          sql.Find("SELECT value FROM numbers", {}, {&value});
          sql.Run("UPDATE numbers SET value = :value", {value + 1});
          return absl::OkStatus();
        });
        EXPECT_TRUE(status.ok()) << status;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  int64_t value = 0;
  ASSERT_TRUE(database_
                  ->Read([&](Sql& sql) {
                    sql.Find("SELECT value FROM numbers", {}, {&value});
                    return absl::OkStatus();
                  })
                  .ok());
  EXPECT_EQ(value, 8 * 25);
}

TEST(SqliteTest, WhatIsNoDatabaseIsDataLoss) {
  const std::string path = ::testing::TempDir() + "no_database.db";
  std::ofstream(path) << std::string(5000, 'x');
  const absl::Status status = OpenSqlite(path).status();
  EXPECT_TRUE(absl::IsDataLoss(status)) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("backup"));
  std::filesystem::remove(path);
}

INSTANTIATE_TEST_SUITE_P(Databases, DatabaseTest, ::testing::Values(Place::kFile, Place::kMemory));
INSTANTIATE_TEST_SUITE_P(Databases, SqliteFileTest, ::testing::Values(Place::kFile));

}  // namespace
}  // namespace actionmatch
