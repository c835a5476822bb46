#include "client/files/number_text.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <limits>
#include <random>

namespace actionmatch {
namespace {

TEST(NumberTextTest, EveryNumberComesBackExactly) {
  std::mt19937_64 random(1);
  std::normal_distribution<double> normal(0, 1e3);
  for (int i = 0; i < 1000; ++i) {
    const double value = normal(random);
    EXPECT_EQ(std::strtod(NumberToText(value).c_str(), nullptr), value);
    EXPECT_EQ(ExactNumber(value), NumberToText(value));
  }
  for (const double value : {5e-324, std::numeric_limits<double>::max(), 1.0 / 3, 2020.25}) {
    EXPECT_EQ(std::strtod(NumberToText(value).c_str(), nullptr), value);
  }
}

TEST(NumberTextTest, PeopleSeeNoMinusBeforeZeroAndFourDigits) {
  EXPECT_EQ(ExactNumber(-0.0), "0");
  EXPECT_EQ(ShortNumber(1.0 / 3), "0.3333");
  EXPECT_EQ(ShortNumber(12345.678), "1.235e+04");
}

}  // namespace
}  // namespace actionmatch
