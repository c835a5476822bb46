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

TEST(ConvertTest, SubsetsAreThoseOfTheApi) {
  EXPECT_EQ(*ToCore(v1::SUBSET_UNSPECIFIED), Subset::kAll);
  EXPECT_EQ(*ToCore(v1::SUBSET_TEST), Subset::kTest);
  const absl::Status status = ToCore(static_cast<v1::Subset>(99)).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Message(status),
            "subset is 99, which this server does not know: use one of SUBSET_ALL, SUBSET_TRAIN, SUBSET_VALIDATION, "
            "SUBSET_TEST");
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
