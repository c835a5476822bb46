#include "core/training/optimizer_state.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/core/support/small_network.h"

namespace actionmatch {
namespace {

TEST(OptimizerStateTest, BeginsAtTheInitialWeightsWithoutMoments) {
  const auto network = SmallNetwork();
  const Parameters initial = network->Initialise(1);
  const OptimizerState state(initial, at::kCPU);
  EXPECT_EQ(state.step, 0);
  EXPECT_TRUE(SameBits(network->Views(state.parameters), initial));
  EXPECT_TRUE(SameBits(state.Average(*network), initial));
  EXPECT_EQ(state.first_moment.abs().sum().item<float>(), 0);
  EXPECT_EQ(state.second_moment.abs().sum().item<float>(), 0);
}

TEST(OptimizerStateTest, RestoreIsTheInverseOfSaveAndMovesNoTensor) {
  const auto network = SmallNetwork();
  const OptimizerState saved = AnyState(*network, 1);
  TensorFile file;
  saved.Save(&file.arrays);
  OptimizerState restored = AnyState(*network, 2);
  std::vector<const void*> places;
  for (const at::Tensor& tensor : TensorsOf(restored)) places.push_back(tensor.data_ptr());
  EXPECT_FALSE(SameBits(restored, saved));
  ASSERT_TRUE(restored.Restore(file).ok());
  EXPECT_TRUE(SameBits(restored, saved));
  OptimizerState copied = AnyState(*network, 3);
  copied.CopyFrom(saved);
  EXPECT_TRUE(SameBits(copied, saved));
  for (size_t i = 0; i < places.size(); ++i) EXPECT_EQ(TensorsOf(restored)[i].data_ptr(), places[i]);
  // Neither shares numbers with what it came from.
  copied.parameters.zero_();
  EXPECT_TRUE(SameBits(restored, saved));
}

TEST(OptimizerStateTest, WhatIsMissingOrDoesNotFitIsNamedAndChangesNothing) {
  const auto network = SmallNetwork();
  TensorFile whole;
  AnyState(*network, 1).Save(&whole.arrays);
  ASSERT_EQ(whole.arrays.size(), 5u);
  for (const auto& [name, array] : whole.arrays) {
    TensorFile without = whole, wrong = whole;
    without.arrays.erase(name);
    wrong.arrays[name] = Array::Of(absl::Span<const double>(), {0});
    for (const TensorFile& file : {without, wrong}) {
      OptimizerState state = AnyState(*network, 2);
      const absl::Status refused = state.Restore(file);
      EXPECT_EQ(refused.code(), absl::StatusCode::kDataLoss) << name;
      EXPECT_NE(std::string(refused.message()).find(name == "optimizer.step" ? "step" : name), std::string::npos);
      EXPECT_TRUE(SameBits(state, AnyState(*network, 2))) << name;
    }
  }
  OptimizerState larger = AnyState(*SmallNetwork(3), 2);
  EXPECT_EQ(larger.Restore(whole).code(), absl::StatusCode::kDataLoss);
}

TEST(OptimizerStateTest, AnAverageIsACopy) {
  const auto network = SmallNetwork();
  OptimizerState state = AnyState(*network, 1);
  const Parameters average = state.Average(*network);
  const Parameters before = average.Clone();
  state.average.zero_();
  EXPECT_TRUE(SameBits(average, before));
}

}  // namespace
}  // namespace actionmatch
