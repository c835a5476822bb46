// Laws of messages as rows: page tokens, pages, etags, request ids.

#include "server/store/resource_rows.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/store/schema.h"
#include "server/store/sqlite_database.h"
#include "tests/server/store/small_datasets.h"

namespace actionmatch {
namespace {

using ::testing::HasSubstr;

class RowsTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(database_->Write(MakeSchema).ok()); }

  void Insert(const v1::Dataset& dataset, const std::string& uid) {
    InTransaction([&](Sql& sql) {
      sql.Run("INSERT INTO datasets (name, uid, message) VALUES (:name, :uid, :message)",
              {dataset.name(), uid, Encode(dataset)});
    });
  }
  template <typename Work>
  void InTransaction(Work work) {
    const absl::Status status = database_->Write([&](Sql& sql) {
      work(sql);
      return absl::OkStatus();
    });
    ASSERT_TRUE(status.ok()) << status;
  }

  const std::unique_ptr<Database> database_ = *OpenSqliteInMemory();
};

TEST(EncodingTest, DecodeIsTheInverseOfEncodeAndTellsDamage) {
  v1::Dataset dataset = Named("datasets/d");
  dataset.set_time_unit(std::string("a\0b", 3));
  v1::Dataset read;
  ASSERT_TRUE(Decode(Encode(dataset), &read).ok());
  EXPECT_EQ(read.SerializeAsString(), dataset.SerializeAsString());
  EXPECT_EQ(Encode(dataset).find('\0'), std::string::npos);
  for (const char* damaged : {"not base64!", "////"}) {
    const absl::Status status = Decode(damaged, &read);
    EXPECT_TRUE(absl::IsDataLoss(status)) << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr("backup"));
  }
}

TEST(PageTokenTest, LastKeyIsTheInverseOfPageTokenWithinOneResource) {
  EXPECT_EQ(*LastKey(kDatasets, ""), "");
  for (const char* key : {"datasets/d", "7", ":", ""}) {
    const std::string token = PageToken(kDatasets, key);
    EXPECT_EQ(*LastKey(kDatasets, token), key);
    EXPECT_TRUE(absl::IsInvalidArgument(LastKey(kJobs, token).status()));
  }
  EXPECT_TRUE(absl::IsInvalidArgument(LastKey(kDatasets, "?").status()));
}

TEST_F(RowsTest, PagesTogetherAreAllRowsInOrderWhateverTheSizes) {
  std::set<std::string> names;
  for (int i = 0; i < 12; ++i) {
    const std::string name = absl::StrCat("datasets/", i * 7 % 12);
    names.insert(name);
    v1::Dataset dataset = Named(name);
    if (i % 3 == 0) dataset.set_time_unit(std::string(kPageBytes / 2, 'x'));  // a page that is full before its count
    Insert(dataset, absl::StrCat("uid-", i));
  }
  for (const int size : {1, 2, 5, 12, 100}) {
    std::vector<std::string> seen;
    std::string token;
    do {
      const absl::StatusOr<Page<v1::Dataset>> page = ListNamed<v1::Dataset>(*database_, kDatasets, size, token);
      ASSERT_TRUE(page.ok()) << page.status();
      ASSERT_FALSE(page->items.empty());
      EXPECT_LE(page->items.size(), static_cast<size_t>(size));
      size_t bytes = 0;
      for (const v1::Dataset& dataset : page->items) {
        seen.push_back(dataset.name());
        bytes += dataset.ByteSizeLong();
      }
      EXPECT_TRUE(page->items.size() == 1 || bytes <= kPageBytes) << bytes;
      token = page->next_page_token;
    } while (!token.empty());
    EXPECT_EQ(seen, std::vector<std::string>(names.begin(), names.end())) << size;
  }
}

TEST_F(RowsTest, ARowIsFoundByItsNameAlone) {
  Insert(Named("datasets/d"), "uid");
  EXPECT_EQ(ReadNamed<v1::Dataset>(*database_, kDatasets, "datasets/d")->name(), "datasets/d");
  for (const char* other : {"datasets/D", "datasets/", "", "datasets/d'"}) {
    EXPECT_TRUE(absl::IsNotFound(ReadNamed<v1::Dataset>(*database_, kDatasets, other).status())) << other;
  }
  EXPECT_TRUE(absl::IsNotFound(ReadNamed<v1::Dataset>(*database_, kFields, "datasets/d").status()));
  InTransaction([](Sql& sql) {
    EXPECT_TRUE(HasRow(sql, kDatasets, "datasets/d"));
    EXPECT_FALSE(HasRow(sql, kFields, "datasets/d"));
    EXPECT_THAT(ReadUids(sql, kDatasets), ::testing::ElementsAre("uid"));
    EXPECT_THAT(ReadUids(sql, kFields), ::testing::IsEmpty());
  });
}

TEST_F(RowsTest, ARequestIsKnownByIdWithinItsKindUntilItIsForgotten) {
  Insert(Named("datasets/d"), "uid");
  const RequestKey request = {"id", "content", ""};
  InTransaction([&](Sql& sql) {
    v1::Dataset made;
    EXPECT_FALSE(*FindRequest(sql, kDatasets, request, &made));
    RecordRequest(sql, kDatasets, request, "uid");
    EXPECT_TRUE(*FindRequest(sql, kDatasets, request, &made));
    EXPECT_EQ(made.name(), "datasets/d");
    EXPECT_FALSE(*FindRequest(sql, kJobs, request, &made));
    EXPECT_FALSE(*FindRequest(sql, kDatasets, {"other", "content", ""}, &made));
    EXPECT_TRUE(absl::IsInvalidArgument(FindRequest(sql, kDatasets, {"id", "other", ""}, &made).status()));
    ForgetRequest(sql, "uid");
    EXPECT_FALSE(*FindRequest(sql, kDatasets, request, &made));
    RecordRequest(sql, kDatasets, {"", "content", ""}, "uid");  // no id: nothing to repeat
    EXPECT_FALSE(*FindRequest(sql, kDatasets, {"", "content", ""}, &made));
  });
}

TEST(EtagTest, OnlyTheCurrentOneOrNonePasses) {
  EXPECT_TRUE(CheckEtag("", "now", "datasets/d").ok());
  EXPECT_TRUE(CheckEtag("now", "now", "datasets/d").ok());
  EXPECT_TRUE(absl::IsAborted(CheckEtag("before", "now", "datasets/d")));
  EXPECT_NE(NewEtag(), NewEtag());
}

}  // namespace
}  // namespace actionmatch
