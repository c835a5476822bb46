#include "client/plot/projection.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace actionmatch {
namespace {

TEST(ProjectionTest, TwoComponentsAreShownAsTheyAre) {
  const std::vector<double> points = {1, 2, 3, 5};
  const Projection projection = FitProjection(points, 2, {"a", "b"});
  const std::vector<double> x = {7, 8};
  EXPECT_EQ(projection.First(x), 7);
  EXPECT_EQ(projection.Second(x), 8);
  EXPECT_EQ(projection.a_name, "a");
}

TEST(ProjectionTest, PrincipalComponentsAreTheDirectionsOfMostVariance) {
  // Variances 9, 4, 1 along axes 2, 0, 1.
  std::mt19937_64 random(1);
  std::normal_distribution<double> normal;
  std::vector<double> points;
  for (int i = 0; i < 5000; ++i) {
    const double a = 2 * normal(random), b = normal(random), c = 3 * normal(random);
    points.insert(points.end(), {a + 10, b, c});
  }
  const Projection projection = FitProjection(points, 3, {"x1", "x2", "x3"});
  EXPECT_GT(std::abs(projection.a[2]), 0.99);
  EXPECT_GT(std::abs(projection.b[0]), 0.99);
  double dot = 0, length = 0;
  for (int d = 0; d < 3; ++d) {
    dot += projection.a[d] * projection.b[d];
    length += projection.b[d] * projection.b[d];
  }
  EXPECT_NEAR(dot, 0, 1e-9);
  EXPECT_NEAR(length, 1, 1e-9);
}

TEST(ProjectionTest, PointsThatAllAgreeAreNoError) {
  const Projection projection = FitProjection(std::vector<double>(12, 5.0), 3, {"x1", "x2", "x3"});
  EXPECT_NEAR(projection.First(std::vector<double>{5, 5, 5}), 0, 1e-12);
}

}  // namespace
}  // namespace actionmatch
