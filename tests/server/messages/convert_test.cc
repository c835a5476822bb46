#include "server/messages/convert.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "server/messages/names.h"
#include "server/messages/tensor.h"

namespace actionmatch {
namespace {

using testing::HasSubstr;

std::string Message(const absl::Status& status) { return std::string(status.message()); }

TEST(ConvertTest, ASpecThatSetsNothingIsTheCoresDefault) {
  const auto core = ToCore(v1::TrainSpec());
  ASSERT_TRUE(core.ok());
  EXPECT_EQ(TrainSpecToJson(*core), TrainSpecToJson(TrainSpec()));
}

TEST(ConvertTest, EveryMemberOfASpecSurvivesTheRoundTrip) {
  TrainSpec spec;
  spec.path = {PathSpec::Kind::kUot, 100, PathSpec::Bridge::kBrownian, 0.25, 0.5};
  spec.mass = {MassSpec::Source::kGiven, {1, 2}};
  spec.potential = {{5, 6}, PotentialSpec::Activation::kTanh, PotentialSpec::Head::kQuadratic, 3};
  spec.dynamics = {3, 2, 0.5, 0.75, 0.25, {1, -1}};
  spec.members = 4;
  spec.training = {TrainingSpec::Form::kAction,
                   TrainingSpec::Times::kAdaptive,
                   TrainingSpec::Engine::kAutograd,
                   TrainingSpec::Device::kCuda,
                   TrainingSpec::Precision::kTf32,
                   5,
                   2,
                   7,
                   8,
                   0.1,
                   9,
                   2,
                   0.5,
                   0.01,
                   10,
                   11};
  spec.hold_out = {0.0, 0.2, {1, 2}, false};
  spec.seed = ~uint64_t{0};
  const auto back = ToCore(ToProto(spec));
  ASSERT_TRUE(back.ok()) << back.status();
  EXPECT_EQ(TrainSpecToJson(*back), TrainSpecToJson(spec));
}

TEST(ConvertTest, UnknownEnumValuesAreNamedWithWhatIsKnown) {
  v1::TrainSpec spec;
  spec.mutable_path()->set_kind(static_cast<v1::PathSpec::Kind>(99));
  spec.mutable_training()->set_form(static_cast<v1::TrainingSpec::Form>(98));
  const absl::Status status = ToCore(spec).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(Message(status), testing::AllOf(HasSubstr("path.kind"), HasSubstr("99"), HasSubstr("KIND_OT"),
                                              HasSubstr("training.form")));
}

TEST(ConvertTest, ATimeWithoutWeightIsNamed) {
  v1::Dataset dataset;
  dataset.set_name("datasets/d");
  for (const double weight_sum : {3.0, 0.0, 1.0}) {
    v1::SnapshotSummary* summary = dataset.add_snapshots();
    summary->set_time(0.5 * dataset.snapshots_size());
    summary->set_weight_sum(weight_sum);
  }
  const absl::Status status = CheckWeights(dataset);
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(Message(status), testing::AllOf(HasSubstr("datasets/d"), HasSubstr("time 1 ")));
  dataset.mutable_snapshots(1)->set_weight_sum(0.1);
  EXPECT_TRUE(CheckWeights(dataset).ok());
}

TEST(TensorTest, NumbersSurviveTheRoundTripInBothTypes) {
  const std::vector<double> values = {1.5, -2, 0.25, 4, 5, 6};
  for (v1::DataType type : {v1::DATA_TYPE_FLOAT32, v1::DATA_TYPE_FLOAT64}) {
    const auto points = ToPoints(ToTensor(values, {3, 2}, type), 2, "points");
    ASSERT_TRUE(points.ok()) << points.status();
    EXPECT_EQ(points->values, values);
    EXPECT_EQ(points->dimension, 2);
  }
}

TEST(TensorTest, EachFaultIsNamedWithItsField) {
  const v1::Tensor good = ToTensor(std::vector<double>{1, 2, 3, 4}, {2, 2}, v1::DATA_TYPE_FLOAT64);
  const auto error = [](const v1::Tensor& tensor) {
    const absl::Status status = ToPoints(tensor, 2, "batch.points").status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(Message(status), HasSubstr("batch.points"));
    return Message(status);
  };
  v1::Tensor bad = good;
  bad.clear_data_type();
  error(bad);
  bad = good;
  bad.mutable_data()->pop_back();
  error(bad);
  bad = good;
  bad.set_shape(0, int64_t{1} << 62);  // times 2 and 8 bytes overflows
  error(bad);
  bad = good;
  bad.set_shape(0, -2);
  error(bad);
  bad = good;
  bad.clear_shape();
  error(bad);
  error(ToTensor(std::vector<double>{1, 2, 3}, {1, 3}, v1::DATA_TYPE_FLOAT64));
  EXPECT_THAT(error(ToTensor(std::vector<double>{1, 2, 3, std::nan("")}, {2, 2}, v1::DATA_TYPE_FLOAT32)),
              HasSubstr("batch.points[1, 1]"));
}

TEST(NamesTest, OnlyResourceNamesOfTheCollectionPass) {
  for (const char* name : {"datasets/eb", "datasets/0", "datasets/a.b-c_d"}) {
    EXPECT_TRUE(CheckName(name, "datasets", "name").ok()) << name;
  }
  const std::string longest = "datasets/" + std::string(63, 'a');
  EXPECT_TRUE(CheckName(longest, "datasets", "name").ok());
  for (const std::string& name :
       {std::string(), std::string("eb"), std::string("jobs/eb"), std::string("datasets/"), std::string("datasets/-a"),
        std::string("datasets/A"), std::string("datasets/a/b"), std::string("datasets/../x"), longest + "a"}) {
    const absl::Status status = CheckName(name, "datasets", "dataset.name");
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << name;
    EXPECT_THAT(Message(status), HasSubstr("dataset.name"));
  }
}

TEST(NamesTest, PageSizesHaveADefaultAndALimit) {
  EXPECT_EQ(*CheckPageSize(0), 100);
  EXPECT_EQ(*CheckPageSize(1000), 1000);
  EXPECT_FALSE(CheckPageSize(1001).ok());
  EXPECT_FALSE(CheckPageSize(-1).ok());
}

}  // namespace
}  // namespace actionmatch
