#include "client/requests/remote_fields.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/client/support/fake_datasets.h"
#include "tests/client/support/local_server.h"
#include "tests/client/support/temporary_file.h"

namespace actionmatch {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string Message(const absl::Status& status) { return std::string(status.message()); }

v1::Field FieldOf(const std::vector<std::string>& names) {
  v1::Field field;
  field.set_name("fields/f");
  field.set_dimension(2);
  for (const std::string& name : names) field.add_axis_names(name);
  return field;
}

v1::Dataset DatasetOf(const std::vector<std::string>& names) {
  v1::Dataset dataset;
  dataset.set_name("datasets/d");
  dataset.set_dimension(2);
  for (const std::string& name : names) dataset.add_axis_names(name);
  return dataset;
}

class OneField : public v1::FieldService::Service {
 public:
  grpc::Status GetField(grpc::ServerContext*, const v1::GetFieldRequest* request, v1::Field* answer) override {
    if (request->name() != "fields/f") return {grpc::StatusCode::NOT_FOUND, "there is no " + request->name()};
    *answer = FieldOf({"u", "v"});
    return grpc::Status::OK;
  }
};

TEST(RemoteFieldsTest, AFieldIsFoundByItsName) {
  OneField service;
  LocalServer server(&service);
  EXPECT_EQ(GetField(server.client(), "fields/f")->dimension(), 2);
  EXPECT_TRUE(absl::IsNotFound(GetField(server.client(), "fields/g").status()));
}

TEST(RemoteFieldsTest, ComponentsAreNamedByTheFieldOrElseByThePoints) {
  PointTable points = {2, {1, 2}, {"a", "b"}, false};
  EXPECT_THAT(AxisNames(FieldOf({"u", "v"}), points), ElementsAre("u", "v"));
  EXPECT_THAT(AxisNames(FieldOf({}), points), ElementsAre("a", "b"));
  points.names.clear();
  EXPECT_THAT(AxisNames(FieldOf({}), points), ElementsAre("x1", "x2"));
}

TEST(RemoteFieldsTest, PointsPassOnlyWithTheFieldsComponentsInItsOrder) {
  const std::string right = FileOf("right.csv", "u,v\n1,2\n");
  const std::string turned = FileOf("turned.csv", "v,u\n2,1\n");
  const std::string other = FileOf("other.csv", "a,b\n1,2\n");
  const std::string wide = FileOf("wide.csv", "u,v,w\n1,2,3\n");
  const v1::Field field = FieldOf({"u", "v"});
  EXPECT_THAT(ReadPointsFor(field, right, {})->values, ElementsAre(1, 2));
  EXPECT_THAT(ReadPointsFor(field, turned, {"u", "v"})->values, ElementsAre(1, 2));
  EXPECT_THAT(ReadPointsFor(field, other, {"a", "b"})->values, ElementsAre(1, 2));
  for (const auto& [path, keys] :
       {std::pair(turned, std::vector<std::string>{}), {turned, {"v", "u"}}, {other, {}}, {wide, {}}, {other, {"a"}}}) {
    const absl::Status status = ReadPointsFor(field, path, keys).status();
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << path;
    EXPECT_THAT(Message(status), HasSubstr("fields/f has components u, v: choose its columns in that order"));
  }
  // Without names on one side, only the count tells.
  EXPECT_TRUE(ReadPointsFor(FieldOf({}), turned, {}).ok());
  EXPECT_FALSE(ReadPointsFor(FieldOf({}), wide, {}).ok());
}

TEST(RemoteFieldsTest, TheNamesThatDatasetGetWritesAreTheFields) {
  const std::string path = FileOf("got.csv", "time_,w_\n1,2\n");
  EXPECT_THAT(ReadPointsFor(FieldOf({"time", "w"}), path, {})->values, ElementsAre(1, 2));
}

TEST(RemoteFieldsTest, ADatasetWithOtherComponentsIsRefused) {
  EXPECT_TRUE(CheckComponents(FieldOf({"u", "v"}), DatasetOf({"u", "v"})).ok());
  EXPECT_TRUE(CheckComponents(FieldOf({"u", "v"}), DatasetOf({})).ok());
  EXPECT_TRUE(CheckComponents(FieldOf({}), DatasetOf({"u", "v"})).ok());
  const absl::Status turned = CheckComponents(FieldOf({"u", "v"}), DatasetOf({"v", "u"}));
  EXPECT_TRUE(absl::IsFailedPrecondition(turned));
  EXPECT_THAT(Message(turned), HasSubstr("the same in another order: put its rows as another dataset"));
  EXPECT_THAT(Message(CheckComponents(FieldOf({"u", "v"}), DatasetOf({"u", "w"}))),
              ::testing::Not(HasSubstr("in another order")));
}

TEST(RemoteFieldsTest, ADatasetOnTheServerIsAskedForItsComponents) {
  FakeDatasets service;
  service.dataset = DatasetOf({"v", "u"});
  LocalServer server(&service);
  EXPECT_TRUE(absl::IsFailedPrecondition(CheckComponents(server.client(), FieldOf({"u", "v"}), "datasets/d")));
  EXPECT_TRUE(CheckComponents(server.client(), FieldOf({"v", "u"}), "datasets/d").ok());
  EXPECT_TRUE(absl::IsNotFound(CheckComponents(server.client(), FieldOf({"v", "u"}), "datasets/gone")));
}

}  // namespace
}  // namespace actionmatch
