#include "client/tensor_values.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

namespace actionmatch {
namespace {

using ::testing::ElementsAre;

const std::vector<double> kNumbers = {0.1, -0.0, 1e300, 5e-324, std::numeric_limits<double>::infinity(), 1.0 / 3};

TEST(TensorValuesTest, DoublesComeBackExactly) {
  const v1::Tensor tensor = MakeTensor(kNumbers, {2, 3}, false);
  EXPECT_EQ(tensor.data_type(), v1::DATA_TYPE_FLOAT64);
  EXPECT_THAT(tensor.shape(), ElementsAre(2, 3));
  EXPECT_EQ(tensor.data().size(), 48u);
  EXPECT_EQ(Values(tensor), kNumbers);
}

TEST(TensorValuesTest, SinglesAreRoundedOnce) {
  const v1::Tensor tensor = MakeTensor(kNumbers, {6}, true);
  EXPECT_EQ(tensor.data_type(), v1::DATA_TYPE_FLOAT32);
  EXPECT_EQ(tensor.data().size(), 24u);
  const std::vector<double> back = Values(tensor);
  for (size_t i = 0; i < kNumbers.size(); ++i) EXPECT_EQ(back[i], static_cast<float>(kNumbers[i]));
  EXPECT_EQ(Values(MakeTensor(back, {6}, true)), back);
}

TEST(TensorValuesTest, DataAreLittleEndianAsTheApiSays) {
  EXPECT_EQ(MakeTensor({1.0}, {1}, false).data(), std::string("\0\0\0\0\0\0\xf0\x3f", 8));
  EXPECT_EQ(MakeTensor({1.0}, {1}, true).data(), std::string("\0\0\x80\x3f", 4));
}

TEST(TensorValuesTest, NoNumbersAreNoNumbers) { EXPECT_TRUE(Values(MakeTensor({}, {0, 3}, false)).empty()); }

}  // namespace
}  // namespace actionmatch
