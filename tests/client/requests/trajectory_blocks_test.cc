#include "client/requests/trajectory_blocks.h"

#include <gtest/gtest.h>

#include <tuple>

#include "client/tensor_values.h"

namespace actionmatch {
namespace {

// Room for 2 frames of 4 points in 2 dimensions.
SampledTrajectories Room() {
  SampledTrajectories room;
  room.times = {1, 2};
  room.count = 4;
  room.dimension = 2;
  room.points.resize(16);
  room.log_weights.resize(8);
  return room;
}

v1::SampleTrajectoriesResponse Block(int32_t frame, int64_t first_row, int64_t rows, double value,
                                     int64_t dimension = 2) {
  v1::SampleTrajectoriesResponse block;
  block.set_frame(frame);
  block.set_first_row(first_row);
  *block.mutable_points() = MakeTensor(std::vector<double>(rows * dimension, value), {rows, dimension}, false);
  *block.mutable_log_weights() = MakeTensor(std::vector<double>(rows, -value), {rows}, false);
  return block;
}

TEST(TrajectoryBlocksTest, BlocksFillTheirPlacesInAnyOrder) {
  SampledTrajectories room = Room();
  // The call's points are those from 2 on: the other two come from another call.
  for (const auto& [frame, first, row] : {std::tuple(1, 2, 1), {0, 0, 1}, {0, 2, 0}, {1, 0, 0}, {1, 2, 0}, {0, 2, 1}}) {
    ASSERT_TRUE(PutBlock(Block(frame, row, 1, 100 * frame + first + row), first, &room).ok());
  }
  ASSERT_TRUE(PutBlock(Block(1, 1, 1, 101), 0, &room).ok());
  ASSERT_TRUE(PutBlock(Block(0, 0, 1, 0), 0, &room).ok());
  for (int64_t frame = 0; frame < 2; ++frame) {
    for (int64_t row = 0; row < 4; ++row) {
      const double value = 100.0 * static_cast<double>(frame) + static_cast<double>(row);
      EXPECT_EQ(room.log_weights[frame * 4 + row], -value);
      for (int64_t d = 0; d < 2; ++d) EXPECT_EQ(room.points[(frame * 4 + row) * 2 + d], value);
    }
  }
}

TEST(TrajectoryBlocksTest, ABlockThatDoesNotFitIsRefusedAndChangesNothing) {
  v1::SampleTrajectoriesResponse torn = Block(0, 0, 2, 1);
  *torn.mutable_log_weights() = MakeTensor({0, 0, 0}, {3}, false);
  for (const auto& block : {Block(2, 0, 1, 1), Block(-1, 0, 1, 1), Block(0, 3, 2, 1), Block(0, 4, 1, 1),
                            Block(0, -1, 1, 1), Block(0, 0, 2, 1, 3), torn}) {
    SampledTrajectories room = Room();
    EXPECT_TRUE(absl::IsDataLoss(PutBlock(block, 0, &room))) << block.ShortDebugString();
    EXPECT_EQ(room.points, Room().points);
    EXPECT_EQ(room.log_weights, Room().log_weights);
  }
  SampledTrajectories room = Room();
  EXPECT_TRUE(absl::IsDataLoss(PutBlock(Block(0, 0, 2, 1), 3, &room)));
}

}  // namespace
}  // namespace actionmatch
