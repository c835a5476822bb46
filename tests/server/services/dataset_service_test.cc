// Laws of DatasetService, through real calls in one process.

#include "server/services/dataset_service.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cstddef>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/server/services/service_fixture.h"

namespace actionmatch {
namespace {

using ::testing::HasSubstr;
using Stub = v1::DatasetService::Stub;

class DatasetServiceTest : public ServiceTest {
 protected:
  Answered<v1::Dataset> Create(const v1::Dataset& dataset, const std::string& request_id = "") {
    v1::CreateDatasetRequest request;
    *request.mutable_dataset() = dataset;
    request.set_request_id(request_id);
    return Ask(*datasets_, &Stub::CreateDataset, request);
  }
  Answered<v1::Dataset> Get(const std::string& name) {
    v1::GetDatasetRequest request;
    request.set_name(name);
    return Ask(*datasets_, &Stub::GetDataset, request);
  }
  Answered<v1::ListDatasetsResponse> List(int page_size, const std::string& page_token = "") {
    v1::ListDatasetsRequest request;
    request.set_page_size(page_size);
    request.set_page_token(page_token);
    return Ask(*datasets_, &Stub::ListDatasets, request);
  }
  grpc::StatusCode Delete(const std::string& name, const std::string& etag = "") {
    v1::DeleteDatasetRequest request;
    request.set_name(name);
    request.set_etag(etag);
    return Ask(*datasets_, &Stub::DeleteDataset, request).code();
  }
  Answered<v1::Dataset> Simulate(const std::string& name, uint64_t seed, const std::string& request_id = "") {
    v1::SimulateDatasetRequest request;
    request.set_name(name);
    request.mutable_simulation()->mutable_gaussians()->set_points(20);
    request.mutable_simulation()->set_seed(seed);
    request.set_request_id(request_id);
    return Ask(*datasets_, &Stub::SimulateDataset, request);
  }

  // One stream of these batches; the response is the last acknowledgement.
  Answered<v1::AppendSnapshotsResponse> Append(const std::string& name, const std::vector<v1::SnapshotBatch>& batches) {
    grpc::ClientContext context;
    Answered<v1::AppendSnapshotsResponse> answered;
    const auto stream = datasets_->AppendSnapshots(&context);
    v1::AppendSnapshotsRequest request;
    request.set_dataset(name);
    for (const v1::SnapshotBatch& batch : batches) {
      *request.mutable_batch() = batch;
      if (!stream->Write(request)) break;  // refused already
      request.clear_dataset();
    }
    stream->WritesDone();
    for (v1::AppendSnapshotsResponse response; stream->Read(&response);) {
      EXPECT_GE(response.acknowledged_batch(), answered.response.acknowledged_batch());
      answered.response = response;
    }
    answered.status = stream->Finish();
    return answered;
  }
  Streamed<v1::ReadSnapshotsResponse> Read(const std::string& name, int64_t first = 0, int64_t last = 0) {
    v1::ReadSnapshotsRequest request;
    request.set_dataset(name);
    request.set_first_batch(first);
    request.set_last_batch(last);
    return ReadAll(*datasets_, &Stub::ReadSnapshots, request);
  }
};

TEST_F(DatasetServiceTest, WhatIsMadeIsGotUntilItIsDeleted) {
  v1::Dataset asked = Named("datasets/d");
  asked.set_time_unit("day");
  asked.add_axis_names("x");
  asked.add_axis_names("y");
  (*asked.mutable_labels())["key"] = "value";
  asked.set_uid("not the caller's to say");
  asked.set_row_count(77);
  const Answered<v1::Dataset> made = Create(asked);
  ASSERT_TRUE(made.status.ok()) << made.status.error_message();
  EXPECT_EQ(made->time_unit(), "day");
  EXPECT_EQ(made->axis_names_size(), 2);
  EXPECT_EQ(made->labels().at("key"), "value");
  EXPECT_NE(made->uid(), asked.uid());
  EXPECT_EQ(made->row_count(), 0);
  EXPECT_EQ(Get("datasets/d")->SerializeAsString(), made->SerializeAsString());
  EXPECT_EQ(Create(asked).code(), grpc::ALREADY_EXISTS);

  EXPECT_EQ(Delete("datasets/d"), grpc::OK);
  EXPECT_EQ(Get("datasets/d").code(), grpc::NOT_FOUND);
  EXPECT_EQ(Read("datasets/d").code(), grpc::NOT_FOUND);
  EXPECT_EQ(Append("datasets/d", {Batch(1, {1, 2}, 0)}).code(), grpc::NOT_FOUND);
  EXPECT_EQ(Delete("datasets/d"), grpc::NOT_FOUND);
  EXPECT_EQ(List(10)->datasets_size(), 0);
  EXPECT_NE(Create(asked)->uid(), made->uid());
}

TEST_F(DatasetServiceTest, PagesTogetherHoldEachDatasetOnceInOrder) {
  std::vector<std::string> names;
  for (const char* id : {"a", "b", "c", "d", "e", "f", "g"}) names.push_back(absl::StrCat("datasets/", id));
  for (const size_t i : {3, 0, 6, 2, 5, 1, 4}) ASSERT_TRUE(Create(Named(names[i])).status.ok());
  for (const int size : {0, 1, 2, 3, 7, 1000}) {
    std::vector<std::string> seen;
    std::string token;
    do {
      const Answered<v1::ListDatasetsResponse> page = List(size, token);
      ASSERT_TRUE(page.status.ok()) << page.status.error_message();
      for (const v1::Dataset& dataset : page->datasets()) seen.push_back(dataset.name());
      token = page->next_page_token();
    } while (!token.empty());
    EXPECT_EQ(seen, names) << size;
  }
  for (const int size : {-1, 1001}) {
    const Answered<v1::ListDatasetsResponse> refused = List(size);
    EXPECT_EQ(refused.code(), grpc::INVALID_ARGUMENT);
    EXPECT_THAT(refused.status.error_message(), HasSubstr("page_size"));
  }
  EXPECT_EQ(List(1, "no token").code(), grpc::INVALID_ARGUMENT);
}

TEST_F(DatasetServiceTest, AnEtagOfAnEarlierStateIsAborted) {
  const std::string first = Create(Named("datasets/d"))->etag();
  ASSERT_TRUE(Append("datasets/d", {Batch(1, {1, 2}, 0)}).status.ok());
  EXPECT_EQ(Delete("datasets/d", first), grpc::ABORTED);
  const std::string second = Get("datasets/d")->etag();
  EXPECT_NE(second, first);
  EXPECT_EQ(Delete("datasets/d", second), grpc::OK);
}

TEST_F(DatasetServiceTest, ARepeatedRequestAnswersTheSame) {
  const std::string made = Create(Named("datasets/d"), "id")->SerializeAsString();
  EXPECT_EQ(Create(Named("datasets/d"), "id")->SerializeAsString(), made);
  const Answered<v1::Dataset> other = Create(Named("datasets/e"), "id");
  EXPECT_EQ(other.code(), grpc::INVALID_ARGUMENT);
  EXPECT_THAT(other.status.error_message(), HasSubstr("request_id"));
  EXPECT_EQ(Create(Named("datasets/d"), "another").code(), grpc::ALREADY_EXISTS);
  EXPECT_EQ(Create(Named("datasets/f"), std::string(64, 'x')).code(), grpc::INVALID_ARGUMENT);

  const std::string drawn = Simulate("datasets/s", 1, "draw")->SerializeAsString();
  EXPECT_EQ(Simulate("datasets/s", 1, "draw")->SerializeAsString(), drawn);
  EXPECT_EQ(Simulate("datasets/s", 2, "draw").code(), grpc::INVALID_ARGUMENT);
}

TEST_F(DatasetServiceTest, EverythingThatIsWrongIsToldAtOnce) {
  v1::Dataset wrong = Named("datasets/NO");
  wrong.set_dimension(-1);
  wrong.set_time_unit(std::string(64, 'x'));
  wrong.mutable_transform()->add_scale(0);
  const Answered<v1::Dataset> refused = Create(wrong);
  EXPECT_EQ(refused.code(), grpc::INVALID_ARGUMENT);
  for (const char* field : {"dataset.name", "dataset.dimension", "dataset.time_unit", "dataset.transform.scale"}) {
    EXPECT_THAT(refused.status.error_message(), HasSubstr(field));
  }
  EXPECT_EQ(Get("d").code(), grpc::INVALID_ARGUMENT);
  EXPECT_EQ(Delete("fields/d"), grpc::INVALID_ARGUMENT);
  EXPECT_EQ(Read("").code(), grpc::INVALID_ARGUMENT);
}

TEST_F(DatasetServiceTest, BatchesAreNumberedWithoutGapsAndRepeatsAreAcknowledgedAgain) {
  ASSERT_TRUE(Create(Named("datasets/d")).status.ok());
  const std::vector<v1::SnapshotBatch> batches = {Batch(1, {1, 2}, 0), Batch(2, {3, 4, 5, 6}, 1), Batch(3, {7, 8}, 2)};
  Answered<v1::AppendSnapshotsResponse> appended = Append("datasets/d", {batches[0], batches[1]});
  ASSERT_TRUE(appended.status.ok()) << appended.status.error_message();
  EXPECT_EQ(appended->acknowledged_batch(), 2);
  EXPECT_EQ(appended->row_count(), 3);

  const std::string etag = Get("datasets/d")->etag();
  appended = Append("datasets/d", {batches[0], batches[1]});
  EXPECT_TRUE(appended.status.ok()) << appended.status.error_message();
  EXPECT_EQ(appended->acknowledged_batch(), 2);
  EXPECT_EQ(Get("datasets/d")->etag(), etag);  // nothing has changed

  EXPECT_EQ(Append("datasets/d", {Batch(2, {3, 4, 5, 7}, 1)}).code(), grpc::ALREADY_EXISTS);
  EXPECT_EQ(Append("datasets/d", {Batch(4, {1, 1}, 3)}).code(), grpc::FAILED_PRECONDITION);
  appended = Append("datasets/d", {batches[1], batches[2], Batch(5, {1, 1}, 4)});
  EXPECT_EQ(appended.code(), grpc::FAILED_PRECONDITION);
  EXPECT_EQ(Get("datasets/d")->last_batch(), 3);  // what came before the gap stays
}

TEST_F(DatasetServiceTest, WhatIsReadIsWhatWasAppendedHoweverItWasCutIntoStreams) {
  std::vector<v1::SnapshotBatch> batches;
  for (int number = 1; number <= 9; ++number)
    batches.push_back(Batch(number, {number * 0.1, 1, 2, -number * 1.0}, number / 3));
  std::set<std::string> hashes;
  for (const size_t cut : {1, 4, 9}) {
    const std::string name = absl::StrCat("datasets/cut-", cut);
    ASSERT_TRUE(Create(Named(name)).status.ok());
    for (size_t begin = 0; begin < batches.size(); begin += cut) {
      const auto end = batches.begin() + static_cast<ptrdiff_t>(std::min(begin + cut, batches.size()));
      ASSERT_TRUE(Append(name, {batches.begin() + static_cast<ptrdiff_t>(begin), end}).status.ok());
    }
    hashes.insert(Get(name)->content_hash());
    for (const auto& [first, last] : std::vector<std::pair<int, int>>{{0, 0}, {1, 9}, {3, 5}, {9, 9}, {4, 0}}) {
      const Streamed<v1::ReadSnapshotsResponse> read = Read(name, first, last);
      ASSERT_TRUE(read.status.ok()) << read.status.error_message();
      const int begin = std::max(first, 1);
      ASSERT_EQ(static_cast<int>(read.messages.size()), (last == 0 ? 9 : last) - begin + 1);
      for (size_t i = 0; i < read.messages.size(); ++i) {
        EXPECT_EQ(read.messages[i].batch().SerializeAsString(), batches[begin - 1 + i].SerializeAsString());
      }
    }
    EXPECT_EQ(Read(name, 1, 10).code(), grpc::OUT_OF_RANGE);
    EXPECT_EQ(Read(name, 10, 0).code(), grpc::OUT_OF_RANGE);
    EXPECT_EQ(Read(name, 5, 4).code(), grpc::INVALID_ARGUMENT);
    EXPECT_EQ(Read(name, -1, 0).code(), grpc::INVALID_ARGUMENT);
  }
  EXPECT_EQ(hashes.size(), 1u);
}

TEST_F(DatasetServiceTest, AStreamIsForOneDatasetOfFittingBatches) {
  ASSERT_TRUE(Create(Named("datasets/d")).status.ok());
  ASSERT_TRUE(Append("datasets/d", {Batch(1, {1, 2}, 0)}).status.ok());
  v1::SnapshotBatch wide = Batch(2, {1, 2}, 0);
  *wide.mutable_points() = ToTensor(std::vector<double>{1, 2, 3}, {1, 3}, v1::DATA_TYPE_FLOAT64);
  v1::SnapshotBatch narrow = Batch(2, {1, 2}, 0);
  *narrow.mutable_points() = ToTensor(std::vector<double>{1, 2}, {1, 2}, v1::DATA_TYPE_FLOAT32);
  for (const v1::SnapshotBatch& batch : {wide, narrow, v1::SnapshotBatch()}) {
    const Answered<v1::AppendSnapshotsResponse> refused = Append("datasets/d", {batch});
    EXPECT_EQ(refused.code(), grpc::INVALID_ARGUMENT);
    EXPECT_THAT(refused.status.error_message(), HasSubstr("batch"));
  }
  EXPECT_EQ(Append("", {Batch(2, {1, 2}, 0)}).code(), grpc::INVALID_ARGUMENT);
  EXPECT_EQ(Get("datasets/d")->last_batch(), 1);
}

TEST_F(DatasetServiceTest, ASimulationIsDrawnAgainBitForBitFromWhatTheDatasetSays) {
  const Answered<v1::Dataset> drawn = Simulate("datasets/a", 7);
  ASSERT_TRUE(drawn.status.ok()) << drawn.status.error_message();
  EXPECT_EQ(drawn->row_count(), 20 * drawn->snapshots_size());
  EXPECT_TRUE(drawn->simulation().gaussians().has_shift());  // defaults are filled in
  v1::SimulateDatasetRequest again;
  again.set_name("datasets/b");
  *again.mutable_simulation() = drawn->simulation();
  EXPECT_EQ(Ask(*datasets_, &Stub::SimulateDataset, again)->content_hash(), drawn->content_hash());
  EXPECT_NE(Simulate("datasets/c", 8)->content_hash(), drawn->content_hash());
  EXPECT_EQ(Simulate("datasets/a", 7).code(), grpc::ALREADY_EXISTS);
}

}  // namespace
}  // namespace actionmatch
