// The laws of Path, for every kind of the table.

#include "core/path/path.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/path/path_kind.h"
#include "tests/core/support/small_paths.h"

namespace actionmatch {
namespace {

using Kind = PathSpec::Kind;

std::vector<Kind> AllKinds() {
  std::vector<Kind> kinds;
  for (const PathKind& row : PathKinds()) kinds.push_back(row.kind);
  return kinds;
}
std::vector<Kind> BalancedKinds() {
  std::vector<Kind> kinds = AllKinds();
  kinds.erase(std::remove_if(kinds.begin(), kinds.end(), [](Kind kind) { return TraitsOf(kind).needs_growth; }),
              kinds.end());
  return kinds;
}

class PathTest : public testing::TestWithParam<Kind> {};

TEST_P(PathTest, ADrawIsAFunctionOfItsStepAlone) {
  const auto path = SmallPath(SmallData(), GetParam(), 0.1);
  const PathBatch first = DrawBatch(*path, 3, 16, true);
  const PathBatch second = DrawBatch(*path, 4, 16, true);
  const PathBatch again = DrawBatch(*path, 3, 16, true);
  EXPECT_EQ(first.y, again.y);
  EXPECT_EQ(first.tau, again.tau);
  EXPECT_EQ(first.start, again.start);
  EXPECT_NE(first.y, second.y);
}

// A mean over a batch weighted by 1/p estimates an integral over tau in [0, 1].
TEST_P(PathTest, WeightsIntegrateOverTime) {
  const auto path = SmallPath(SmallData(), GetParam());
  double sum = 0;
  for (int step = 0; step < 50; ++step) {
    const PathBatch batch = DrawBatch(*path, step, 32, false);
    for (int64_t i = 0; i < batch.rows; ++i) sum += batch.loss_factor[i] * batch.tau[i] * batch.tau[i] / batch.rows;
  }
  EXPECT_NEAR(sum / 50, 1.0 / 3, 1e-3);
}

class BalancedPathTest : public PathTest {};

// The mean of q_t is linear between the snapshots' means under every path that keeps its mass.
TEST_P(BalancedPathTest, MeansInterpolateBetweenSnapshots) {
  const Snapshots data = SmallData(2, 400);
  const Standardisation s = Standardise(data);
  const auto path = SmallPath(data, GetParam());
  double means[2] = {0, 0};
  for (int k = 0; k < 2; ++k) {
    for (int64_t i = 0; i < 400; ++i) means[k] += (data.at[k].points.row(i)[0] - s.mean[0]) / s.scale / 400;
  }
  double error = 0, rows = 0;
  for (int step = 0; step < 200; ++step) {
    const PathBatch batch = DrawBatch(*path, step, 64, false);
    for (int64_t i = 0; i < batch.rows; ++i) {
      error += batch.y[i * 2] - (means[0] + batch.tau[i] * (means[1] - means[0]));
      rows += 1;
    }
  }
  EXPECT_NEAR(error / rows, 0, 5 / std::sqrt(rows));
}

TEST_P(PathTest, BoundariesAreDrawnFromTheFirstAndLastSnapshot) {
  const Snapshots data = SmallData(3, 50);
  const Standardisation s = Standardise(data);
  const auto path = SmallPath(data, GetParam());
  const PathBatch batch = DrawBatch(*path, 0, 25, true);
  ASSERT_EQ(batch.start.size(), static_cast<size_t>(batch.rows * 2));
  // 50 systematic draws from 50 equal rows: every row once.
  double drawn = 0, mean = 0;
  for (int64_t i = 0; i < 50; ++i) {
    drawn += batch.start[i * 2];
    mean += (data.at[0].points.row(i)[0] - s.mean[0]) / s.scale;
  }
  EXPECT_NEAR(drawn, mean, 1e-3);
}

INSTANTIATE_TEST_SUITE_P(Kinds, BalancedPathTest, testing::ValuesIn(BalancedKinds()));
INSTANTIATE_TEST_SUITE_P(Kinds, PathTest, testing::ValuesIn(AllKinds()));

// At the knots E[W] is the mass given, and between them log-linear but for uot, which decides itself.
TEST_P(PathTest, WeightsCarryTheMass) {
  Snapshots data = SmallData(3, 200);
  data.at[1].mass = 2;
  data.at[2].mass = 0.5;
  const auto path = SmallPath(data, GetParam());
  double sum[8] = {}, count[8] = {};
  for (int step = 0; step < 300; ++step) {
    const PathBatch batch = DrawBatch(*path, step, 64);
    for (int64_t i = 0; i < batch.rows; ++i) {
      const int bin = std::min(7, static_cast<int>(batch.tau[i] * 8));
      sum[bin] += batch.mass[i];
      count[bin] += 1;
      EXPECT_LE(batch.mass[i], 2 * 2 * 1.0001);
    }
  }
  // Bins next to the middle snapshot see its mass, those at the ends theirs, within what an eighth of the time changes.
  EXPECT_NEAR(sum[0] / count[0], 1, 0.15);
  EXPECT_NEAR(sum[3] / count[3], 2, 0.25);
  EXPECT_NEAR(sum[4] / count[4], 2, 0.4);
  EXPECT_NEAR(sum[7] / count[7], 0.5, 0.15);
}

// The masses that a path tells are those that its draws carry, also where a plan says how mass grows between.
TEST_P(PathTest, MassesAreTheMeansOfTheWeights) {
  Snapshots data = SmallData(3, 200);
  for (int64_t i = 0; i < 100; ++i) data.at[1].points.row(i)[0] += 30;  // some cells die out, others must be new
  data.at[1].mass = 2;
  data.at[2].mass = 0.5;
  const auto path = SmallPath(data, GetParam());
  const std::vector<MassNode> nodes = path->masses();
  ASSERT_EQ(nodes.size(), GetParam() == Kind::kUot ? 65u : 3u);
  const auto mass = [&](double tau) {
    size_t k = 0;
    while (k + 2 < nodes.size() && nodes[k + 1].tau <= tau) ++k;
    const double u = (tau - nodes[k].tau) / (nodes[k + 1].tau - nodes[k].tau);
    return std::exp((1 - u) * std::log(nodes[k].mass) + u * std::log(nodes[k + 1].mass));
  };
  EXPECT_NEAR(mass(0.5), 2, 1e-6);
  double sum[8] = {}, squares[8] = {}, count[8] = {}, furthest = 0;
  for (int step = 0; step < 300; ++step) {
    const PathBatch batch = DrawBatch(*path, step, 64);
    for (int64_t i = 0; i < batch.rows; ++i) {
      const int bin = std::min(7, static_cast<int>(batch.tau[i] * 8));
      const double difference = batch.mass[i] / mass(batch.tau[i]) - 1;
      sum[bin] += difference;
      squares[bin] += difference * difference;
      count[bin] += 1;
      const double u = 2 * batch.tau[i] - (batch.tau[i] < 0.5 ? 0 : 1);
      const double log_linear = batch.tau[i] < 0.5 ? std::pow(2, u) : 2 * std::pow(0.25, u);
      furthest = std::max(furthest, std::abs(mass(batch.tau[i]) / log_linear - 1));
    }
  }
  for (int bin = 0; bin < 8; ++bin) {
    EXPECT_NEAR(sum[bin] / count[bin], 0, 4 * std::sqrt(squares[bin]) / count[bin] + 1e-3) << bin;
  }
  if (GetParam() == Kind::kUot) {
    EXPECT_GT(furthest, 0.1);
  } else {
    EXPECT_LT(furthest, 1e-6);
  }
}

}  // namespace
}  // namespace actionmatch
