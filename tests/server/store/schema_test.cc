// Laws of the schema: made once, of one version.

#include "server/store/schema.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "server/store/sqlite_database.h"

namespace actionmatch {
namespace {

TEST(SchemaTest, MakingItAgainChangesNothingAndAnotherVersionIsRefused) {
  const std::unique_ptr<Database> database = *OpenSqliteInMemory();
  ASSERT_TRUE(database->Write(MakeSchema).ok());
  const auto run = [&](const std::string& statement) {
    return database->Write([&](Sql& sql) {
      sql.Run(statement);
      return absl::OkStatus();
    });
  };
  ASSERT_TRUE(run("INSERT INTO datasets (name, uid, message) VALUES ('n', 'u', 'm')").ok());
  EXPECT_TRUE(database->Write(MakeSchema).ok());
  int datasets = 0;
  int versions = 0;
  ASSERT_TRUE(database
                  ->Read([&](Sql& sql) {
                    sql.Find("SELECT COUNT(*) FROM datasets", {}, {&datasets});
                    sql.Find("SELECT COUNT(*) FROM schema_version", {}, {&versions});
                    return absl::OkStatus();
                  })
                  .ok());
  EXPECT_EQ(datasets, 1);
  EXPECT_EQ(versions, 1);
  ASSERT_TRUE(run("UPDATE schema_version SET version = 99").ok());
  const absl::Status refused = database->Write(MakeSchema);
  EXPECT_TRUE(absl::IsFailedPrecondition(refused)) << refused;
  EXPECT_THAT(std::string(refused.message()), ::testing::HasSubstr("99"));
}

}  // namespace
}  // namespace actionmatch
