// Laws of FieldService, through real calls in one process.

#include "server/services/field_service.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/server/services/small_field.h"

namespace actionmatch {
namespace {

using ::testing::HasSubstr;
using Stub = v1::FieldService::Stub;

class FieldServiceTest : public FieldsTest {
 protected:
  Answered<v1::Field> Get(const std::string& name) {
    v1::GetFieldRequest request;
    request.set_name(name);
    return Ask(*fields_, &Stub::GetField, request);
  }
  grpc::StatusCode Delete(const std::string& name, const std::string& etag = "") {
    v1::DeleteFieldRequest request;
    request.set_name(name);
    request.set_etag(etag);
    return Ask(*fields_, &Stub::DeleteField, request).code();
  }
  Streamed<v1::ExportFieldResponse> Export(const std::string& name) {
    v1::ExportFieldRequest request;
    request.set_name(name);
    return ReadAll(*fields_, &Stub::ExportField, request);
  }
  Answered<v1::Field> Import(const std::string& name, const std::string& bytes, size_t chunk = 1 << 20) {
    grpc::ClientContext context;
    Answered<v1::Field> answered;
    const auto writer = fields_->ImportField(&context, &answered.response);
    v1::ImportFieldRequest request;
    request.set_name(name);
    for (size_t sent = 0; sent == 0 || sent < bytes.size(); sent += chunk) {
      request.set_chunk(bytes.substr(sent, chunk));
      if (!writer->Write(request)) break;  // refused already
      request.clear_name();
    }
    writer->WritesDone();
    answered.status = writer->Finish();
    return answered;
  }
  Answered<v1::EvaluateResponse> Evaluate(const v1::EvaluateRequest& request) {
    return Ask(*fields_, &Stub::Evaluate, request);
  }

  static v1::EvaluateRequest Question(const Points& points, double time = 0.3) {
    v1::EvaluateRequest request;
    request.set_field("fields/f");
    *request.mutable_points() = ToTensor(points);
    request.set_time(time);
    for (const v1::Quantity quantity : {v1::QUANTITY_VALUE, v1::QUANTITY_VELOCITY, v1::QUANTITY_TIME_DERIVATIVE,
                                        v1::QUANTITY_GROWTH, v1::QUANTITY_DIVERGENCE}) {
      request.add_quantities(quantity);
    }
    return request;
  }
};

TEST_F(FieldServiceTest, ExportAndImportAreExactInversesHoweverTheFileIsCut) {
  const Streamed<v1::ExportFieldResponse> exported = Export("fields/f");
  ASSERT_TRUE(exported.status.ok()) << exported.status.error_message();
  std::string bytes;
  for (const v1::ExportFieldResponse& message : exported.messages) bytes += message.chunk();
  EXPECT_EQ(bytes, SmallField().Serialize());
  for (const size_t chunk : {size_t{100}, size_t{4096}, bytes.size()}) {
    const std::string name = absl::StrCat("fields/cut-", chunk);
    const Answered<v1::Field> imported = Import(name, bytes, chunk);
    ASSERT_TRUE(imported.status.ok()) << imported.status.error_message();
    v1::Field as_the_first = *imported.operator->();
    const Answered<v1::Field> first = Get("fields/f");
    as_the_first.set_name(first->name());
    as_the_first.set_uid(first->uid());
    as_the_first.set_etag(first->etag());
    *as_the_first.mutable_create_time() = first->create_time();
    EXPECT_EQ(as_the_first.SerializeAsString(), first->SerializeAsString());
    std::string again;
    for (const v1::ExportFieldResponse& message : Export(name).messages) again += message.chunk();
    EXPECT_EQ(again, bytes);
  }
  EXPECT_EQ(Import("fields/f", bytes).code(), grpc::ALREADY_EXISTS);
}

TEST_F(FieldServiceTest, AFileThatIsNotWholeIsRefusedAndLeavesNothing) {
  const std::string bytes = SmallField().Serialize();
  std::string flipped = bytes;
  flipped[bytes.size() - 5] ^= 1;
  const std::vector<std::string> damaged = {"", "no field", bytes.substr(0, bytes.size() - 1), bytes + "x", flipped};
  for (const std::string& file : damaged) {
    EXPECT_EQ(Import("fields/damaged", file).code(), grpc::INVALID_ARGUMENT) << file.size();
    EXPECT_EQ(Get("fields/damaged").code(), grpc::NOT_FOUND);
  }
  EXPECT_EQ(Import("NO", bytes).code(), grpc::INVALID_ARGUMENT);
  EXPECT_EQ(Import("fields/large", std::string(kMaxImportBytes + 1, 'x')).code(), grpc::RESOURCE_EXHAUSTED);
  EXPECT_EQ(Import("fields/whole", bytes).code(), grpc::OK);  // the room was given back
}

TEST_F(FieldServiceTest, ADeletedFieldIsNotFoundByAnyCall) {
  const std::string etag = Get("fields/f")->etag();
  EXPECT_EQ(Evaluate(Question(SomePoints(1))).code(), grpc::OK);
  EXPECT_EQ(Delete("fields/f", "another"), grpc::ABORTED);
  EXPECT_EQ(Delete("fields/f", etag), grpc::OK);
  v1::EvaluateDensityRequest density;
  density.set_field("fields/f");
  density.set_time(1);
  *density.mutable_points() = ToTensor(SomePoints(1));
  v1::ScoreFieldRequest score;
  score.set_field("fields/f");
  score.set_dataset("datasets/d");
  for (const grpc::StatusCode code :
       {Get("fields/f").code(), Export("fields/f").code(), Evaluate(Question(SomePoints(1))).code(),
        Ask(*fields_, &Stub::EvaluateDensity, density).code(), Ask(*fields_, &Stub::ScoreField, score).code(),
        Delete("fields/f")}) {
    EXPECT_EQ(code, grpc::NOT_FOUND);
  }
}

TEST_F(FieldServiceTest, PagesTogetherHoldEachFieldOnceInOrder) {
  std::vector<std::string> names = {"fields/f"};
  for (const char* id : {"c", "a", "h", "e"}) {
    names.push_back(absl::StrCat("fields/", id));
    ASSERT_TRUE(Import(names.back(), SmallField().Serialize()).status.ok());
  }
  std::sort(names.begin(), names.end());
  for (const int size : {0, 1, 2, 5, 1000}) {
    std::vector<std::string> seen;
    v1::ListFieldsRequest request;
    request.set_page_size(size);
    do {
      const Answered<v1::ListFieldsResponse> page = Ask(*fields_, &Stub::ListFields, request);
      ASSERT_TRUE(page.status.ok()) << page.status.error_message();
      for (const v1::Field& field : page->fields()) seen.push_back(field.name());
      request.set_page_token(page->next_page_token());
    } while (!request.page_token().empty());
    EXPECT_EQ(seen, names) << size;
  }
}

TEST_F(FieldServiceTest, EvaluateAnswersWhatTheFieldSaysInTheShapesOfTheQuestion) {
  const Points points = SomePoints(70);
  const Answered<v1::EvaluateResponse> answer = Evaluate(Question(points));
  ASSERT_TRUE(answer.status.ok()) << answer.status.error_message();
  Field::Mask all;
  all.value = all.velocity = all.time_derivative = all.growth = all.divergence = true;
  const Field::Evaluation expected = *SmallField().Evaluate(points, std::vector<double>(70, 0.3), all);
  const auto tensor = [](const std::vector<double>& values, std::vector<int64_t> shape) {
    return ToTensor(values, std::move(shape), v1::DATA_TYPE_FLOAT64).SerializeAsString();
  };
  EXPECT_EQ(answer->value().SerializeAsString(), tensor(expected.value, {70}));
  EXPECT_EQ(answer->velocity().SerializeAsString(), tensor(expected.velocity.values, {70, 2}));
  EXPECT_EQ(answer->time_derivative().SerializeAsString(), tensor(expected.time_derivative, {70}));
  EXPECT_EQ(answer->growth().SerializeAsString(), tensor(expected.growth, {70}));
  EXPECT_EQ(answer->divergence().SerializeAsString(), tensor(expected.divergence, {70}));
  EXPECT_FALSE(answer->has_spread());

  v1::EvaluateRequest only_velocity = Question(points);
  only_velocity.clear_quantities();
  const Answered<v1::EvaluateResponse> velocity = Evaluate(only_velocity);
  EXPECT_EQ(velocity->velocity().SerializeAsString(), answer->velocity().SerializeAsString());
  EXPECT_FALSE(velocity->has_value());

  v1::EvaluateRequest with_spread = Question(points);
  with_spread.set_spread(true);
  const Answered<v1::EvaluateResponse> spread = Evaluate(with_spread);  // of one member: zeros
  EXPECT_EQ(spread->value().SerializeAsString(), answer->value().SerializeAsString());
  EXPECT_EQ(spread->spread().value().SerializeAsString(), tensor(std::vector<double>(70, 0), {70}));
}

TEST_F(FieldServiceTest, APointsAnswerDependsOnNoOtherPoint) {
  const Points points = SomePoints(300);
  std::vector<double> times;
  for (int i = 0; i < 300; ++i) times.push_back(0.001 * i);
  const auto ask = [&](int begin, int end) {
    v1::EvaluateRequest request = Question({2, {points.values.begin() + 2 * begin, points.values.begin() + 2 * end}});
    *request.mutable_times() =
        ToTensor(std::vector<double>(times.begin() + begin, times.begin() + end), {end - begin}, v1::DATA_TYPE_FLOAT64);
    const Answered<v1::EvaluateResponse> answer = Evaluate(request);
    EXPECT_TRUE(answer.status.ok()) << answer.status.error_message();
    return answer.response;
  };
  const v1::EvaluateResponse whole = ask(0, 300);
  for (const int chunk : {1, 7, 128}) {
    v1::EvaluateResponse joined;
    for (int begin = 0; begin < 300; begin += chunk) {
      const v1::EvaluateResponse part = ask(begin, std::min(begin + chunk, 300));
      joined.mutable_value()->mutable_data()->append(part.value().data());
      joined.mutable_velocity()->mutable_data()->append(part.velocity().data());
      joined.mutable_divergence()->mutable_data()->append(part.divergence().data());
    }
    EXPECT_EQ(joined.value().data(), whole.value().data()) << chunk;
    EXPECT_EQ(joined.velocity().data(), whole.velocity().data()) << chunk;
    EXPECT_EQ(joined.divergence().data(), whole.divergence().data()) << chunk;
  }
}

TEST_F(FieldServiceTest, WhatCannotBeEvaluatedIsRefusedByName) {
  const auto refused = [&](const v1::EvaluateRequest& request, grpc::StatusCode code, const char* field) {
    const Answered<v1::EvaluateResponse> answer = Evaluate(request);
    EXPECT_EQ(answer.code(), code) << answer.status.error_message();
    EXPECT_THAT(answer.status.error_message(), HasSubstr(field));
  };
  v1::EvaluateRequest request = Question(SomePoints(2));
  request.clear_points();
  refused(request, grpc::INVALID_ARGUMENT, "points");
  request = Question({3, {1, 2, 3}});
  refused(request, grpc::INVALID_ARGUMENT, "points");
  request = Question({2, {1, std::nan("")}});
  refused(request, grpc::INVALID_ARGUMENT, "points");
  request = Question(SomePoints(2));
  request.clear_at();
  refused(request, grpc::INVALID_ARGUMENT, "time");
  *request.mutable_times() = ToTensor(std::vector<double>{0}, {1}, v1::DATA_TYPE_FLOAT64);
  refused(request, grpc::INVALID_ARGUMENT, "times");
  request = Question(SomePoints(2));
  request.add_quantities(v1::QUANTITY_VALUE);
  refused(request, grpc::INVALID_ARGUMENT, "quantities");
  request = Question(SomePoints(2));
  request.set_member(1);
  refused(request, grpc::INVALID_ARGUMENT, "member");
  request = Question(SomePoints(2), 1.5);
  refused(request, grpc::OUT_OF_RANGE, "time");
  request.set_extrapolate(true);
  EXPECT_EQ(Evaluate(request).code(), grpc::OK);
  refused(Question(SomePoints(kMaxAnswerBytes / 48 + 1)), grpc::RESOURCE_EXHAUSTED, "points");
  EXPECT_EQ(Evaluate(Question(SomePoints(kMaxAnswerBytes / 48))).code(), grpc::OK);
}

TEST_F(FieldServiceTest, ADensityIsTheStartsDensityAtTheOriginCarriedAlong) {
  v1::EvaluateDensityRequest request;
  request.set_field("fields/f");
  *request.mutable_points() = ToTensor(SomePoints(5));
  request.set_time(0.7);
  *request.mutable_gaussian()->mutable_mean() = ToTensor(std::vector<double>{0.5, -1}, {2}, v1::DATA_TYPE_FLOAT64);
  *request.mutable_gaussian()->mutable_covariance() =
      ToTensor(std::vector<double>{4, 0, 0, 0.25}, {2, 2}, v1::DATA_TYPE_FLOAT64);
  const Answered<v1::EvaluateDensityResponse> answer = Ask(*fields_, &Stub::EvaluateDensity, request);
  ASSERT_TRUE(answer.status.ok()) << answer.status.error_message();
  const Points origins = *ToPoints(answer->origins(), 2, "origins");
  const std::vector<double> change = *ToVector(answer->log_density_change(), 5, "change");
  const std::vector<double> density = *ToVector(answer->log_density(), 5, "density");
  for (int i = 0; i < 5; ++i) {
    const double x = origins.values[2 * i] - 0.5;
    const double y = origins.values[2 * i + 1] + 1;
    const double start = -std::log(2 * M_PI) - x * x / 8 - y * y * 2;  // sqrt of the determinant is 1
    EXPECT_NEAR(density[i], start + change[i], 1e-12);
  }
  request.clear_start_density();
  request.set_time(0);
  const Answered<v1::EvaluateDensityResponse> at_start = Ask(*fields_, &Stub::EvaluateDensity, request);
  EXPECT_EQ(at_start->origins().SerializeAsString(), request.points().SerializeAsString());
  EXPECT_EQ(*ToVector(at_start->log_density_change(), 5, "change"), std::vector<double>(5, 0));
  EXPECT_FALSE(at_start->has_log_density());
}

TEST_F(FieldServiceTest, AFieldIsScoredOnEachLaterSnapshotOfADatasetWithItsTransform) {
  v1::ScoreFieldRequest request;
  request.set_field("fields/f");
  request.set_dataset("datasets/d");
  const Answered<v1::ScoreFieldResponse> scored = Ask(*fields_, &Stub::ScoreField, request);
  ASSERT_TRUE(scored.status.ok()) << scored.status.error_message();
  ASSERT_EQ(scored->from_previous_size(), 2);
  ASSERT_EQ(scored->from_first_size(), 2);
  for (int i = 0; i < 2; ++i) EXPECT_EQ(scored->from_previous(i).time(), 0.5 * (i + 1));
  EXPECT_EQ(scored->from_previous(0).w1(), scored->from_first(0).w1());  // the first is the one before
  EXPECT_EQ(Ask(*fields_, &Stub::ScoreField, request)->SerializeAsString(), scored->SerializeAsString());
  MakeDataset("datasets/undivided");
  request.set_dataset("datasets/undivided");
  EXPECT_EQ(Ask(*fields_, &Stub::ScoreField, request).code(), grpc::FAILED_PRECONDITION);
}

}  // namespace
}  // namespace actionmatch
