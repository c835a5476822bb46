#include "core/kernels/operand_rows.h"

#include <gtest/gtest.h>

namespace actionmatch {
namespace {

constexpr int64_t kRows = 3;
constexpr int64_t kWidth = 5;

TEST(OperandRowsTest, ExactRowsLieOneAfterAnotherAndBeginAsZeros) {
  Arena arena;
  OperandRows<double> rows(kRows, kWidth, /*rounded=*/false, &arena);
  EXPECT_EQ(rows.width(), kWidth);
  for (int64_t i = 0; i < kRows; ++i) {
    EXPECT_EQ(rows.rounded(i), nullptr);
    EXPECT_EQ(rows.exact(i), rows.exact(0) + i * kWidth);
    EXPECT_EQ(rows.operand(i).data(), rows.exact(i));
    for (int64_t j = 0; j < kWidth; ++j) EXPECT_EQ(rows.exact(i)[j], 0);
  }
}

TEST(OperandRowsTest, RoundedRowsAreBfloat16AndNothingElse) {
  Arena arena;
  OperandRows<float> rows(kRows, kWidth, /*rounded=*/true, &arena);
  for (int64_t i = 0; i < kRows; ++i) {
    EXPECT_EQ(rows.exact(i), nullptr);
    EXPECT_EQ(rows.rounded(i), rows.rounded(0) + i * kWidth);
    EXPECT_EQ(rows.operand(i).data(), rows.rounded(i));
    for (int64_t j = 0; j < kWidth; ++j) EXPECT_EQ(rows.rounded(i)[j], Bfloat16{});
  }
}

}  // namespace
}  // namespace actionmatch
