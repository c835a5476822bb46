// What a transaction promises when its work does not go well, on a real SQLite.

#include "server/store/database.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <soci/soci.h>

#include <filesystem>
#include <new>
#include <stdexcept>

namespace actionmatch {
namespace {

using ::testing::HasSubstr;

class DatabaseTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = ::testing::TempDir() + "database_test.XXXXXX";
    folder_ = mkdtemp(pattern.data());
    absl::StatusOr<std::unique_ptr<Database>> opened = Database::Open(folder_ + "/test.db");
    ASSERT_TRUE(opened.ok()) << opened.status();
    database_ = *std::move(opened);
    ASSERT_TRUE(Execute("CREATE TABLE numbers (value BIGINT)").ok());
  }
  void TearDown() override {
    database_.reset();
    std::filesystem::remove_all(folder_);
  }

  absl::Status Execute(const std::string& statement) {
    return database_->Write([&](soci::session& sql) {
      sql << statement;
      return absl::OkStatus();
    });
  }
  int Count() {
    int count = -1;
    const absl::Status status = database_->Read([&](soci::session& sql) {
      sql << "SELECT COUNT(*) FROM numbers", soci::into(count);
      return absl::OkStatus();
    });
    EXPECT_TRUE(status.ok()) << status;
    return count;
  }

  std::string folder_;
  std::unique_ptr<Database> database_;
};

TEST_F(DatabaseTest, WhateverTheWorkThrowsIsRolledBackAndPassedOn) {
  const auto fail = [&](auto error) {
    return [=](soci::session& sql) -> absl::Status {
      sql << "INSERT INTO numbers (value) VALUES (1)";
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

TEST_F(DatabaseTest, AnErrorOfTheWorkIsRolledBackAndReturned) {
  const absl::Status status = database_->Write([](soci::session& sql) {
    sql << "INSERT INTO numbers (value) VALUES (1)";
    return absl::AbortedError("changed its mind");
  });
  EXPECT_EQ(status, absl::AbortedError("changed its mind"));
  EXPECT_TRUE(absl::IsInternal(Execute("no SQL")));
  EXPECT_EQ(Count(), 0);
}

TEST_F(DatabaseTest, AFullDiskIsSaidAndWritesGoOnOnceThereIsRoom) {
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

TEST_F(DatabaseTest, ABusyDatabaseIsTold) {
  ASSERT_TRUE(Execute("PRAGMA busy_timeout = 1").ok());
  const std::unique_ptr<Database> other = *Database::Open(folder_ + "/test.db");
  absl::Status busy;
  ASSERT_TRUE(other
                  ->Write([&](soci::session&) {
                    busy = Execute("INSERT INTO numbers (value) VALUES (1)");
                    return absl::OkStatus();
                  })
                  .ok());
  EXPECT_TRUE(absl::IsUnavailable(busy)) << busy;
  EXPECT_TRUE(IsBusy(busy));
  EXPECT_FALSE(IsBusy(absl::UnavailableError("")));
  EXPECT_FALSE(IsBusy(absl::OkStatus()));
}

}  // namespace
}  // namespace actionmatch
