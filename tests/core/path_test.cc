#include "core/path.h"

#include <gtest/gtest.h>

#include <cmath>

#include "core/simulate.h"

namespace actionmatch {
namespace {

Snapshots Example(int snapshots = 4, int points = 300) {
  Gaussians population;
  population.snapshots = snapshots;
  population.points = points;
  return *Simulate(population, 1);
}

std::unique_ptr<const Path> Make(const Snapshots& data, PathSpec::Kind kind, double noise = 0) {
  PathSpec spec;
  spec.kind = kind;
  spec.bridge_noise = noise;
  auto path = MakePath(spec, data, Standardise(data), 7, {});
  EXPECT_TRUE(path.ok()) << path.status();
  return *std::move(path);
}

class PathTest : public testing::TestWithParam<PathSpec::Kind> {};

TEST_P(PathTest, ADrawIsAFunctionOfItsStepAlone) {
  const auto path = Make(Example(), GetParam(), 0.1);
  PathBatch first, second, again;
  path->Draw(3, 16, true, &first);
  path->Draw(4, 16, true, &second);
  path->Draw(3, 16, true, &again);
  EXPECT_EQ(first.y, again.y);
  EXPECT_EQ(first.tau, again.tau);
  EXPECT_EQ(first.start, again.start);
  EXPECT_NE(first.y, second.y);
}

// A mean over a batch weighted by 1/p estimates an integral over tau in [0, 1].
TEST_P(PathTest, WeightsIntegrateOverTime) {
  const auto path = Make(Example(), GetParam());
  double sum = 0;
  PathBatch batch;
  for (int step = 0; step < 50; ++step) {
    path->Draw(step, 32, false, &batch);
    for (int64_t i = 0; i < batch.rows; ++i) sum += batch.weight[i] * batch.tau[i] * batch.tau[i] / batch.rows;
  }
  EXPECT_NEAR(sum / 50, 1.0 / 3, 1e-3);
}

// The mean of q_t is linear between the snapshots' means under every path.
TEST_P(PathTest, MeansInterpolateBetweenSnapshots) {
  const Snapshots data = Example(2, 400);
  const Standardisation s = Standardise(data);
  const auto path = Make(data, GetParam());
  double means[2] = {0, 0};
  for (int k = 0; k < 2; ++k) {
    for (int64_t i = 0; i < 400; ++i) means[k] += (data.at[k].points.row(i)[0] - s.mean[0]) / s.scale / 400;
  }
  double error = 0, rows = 0;
  PathBatch batch;
  for (int step = 0; step < 200; ++step) {
    path->Draw(step, 64, false, &batch);
    for (int64_t i = 0; i < batch.rows; ++i) {
      error += batch.y[i * 2] - (means[0] + batch.tau[i] * (means[1] - means[0]));
      rows += 1;
    }
  }
  EXPECT_NEAR(error / rows, 0, 5 / std::sqrt(rows));
}

TEST_P(PathTest, BoundariesAreDrawnFromTheFirstAndLastSnapshot) {
  const Snapshots data = Example(3, 50);
  const Standardisation s = Standardise(data);
  const auto path = Make(data, GetParam());
  PathBatch batch;
  path->Draw(0, 25, true, &batch);
  ASSERT_EQ(batch.start.size(), static_cast<size_t>(batch.rows * 2));
  // 50 systematic draws from 50 equal rows: every row once.
  double drawn = 0, mean = 0;
  for (int64_t i = 0; i < 50; ++i) {
    drawn += batch.start[i * 2];
    mean += (data.at[0].points.row(i)[0] - s.mean[0]) / s.scale;
  }
  EXPECT_NEAR(drawn, mean, 1e-3);
}

INSTANTIATE_TEST_SUITE_P(Kinds, PathTest,
                         testing::Values(PathSpec::Kind::kObserved, PathSpec::Kind::kLinear, PathSpec::Kind::kOt));

// Along a curve, y' is the derivative of y: E[phi(y_1)] - E[phi(y_0)] = int E[grad phi . y'] for phi = |y|^2.
TEST(CurvePathTest, VelocityIsTheDerivativeAlongTheCurve) {
  for (auto kind : {PathSpec::Kind::kLinear, PathSpec::Kind::kOt}) {
    for (double noise : {0.0, 0.5}) {
      const auto path = Make(Example(), kind, noise);
      double integral = 0, squares = 0, start = 0, end = 0, rows = 0;
      PathBatch batch;
      for (int step = 0; step < 400; ++step) {
        path->Draw(step, 64, true, &batch);
        for (int64_t i = 0; i < batch.rows * 2; ++i) {
          const double term = batch.weight[i / 2] * 2 * batch.y[i] * batch.velocity[i];
          integral += term;
          squares += term * term;
          start += batch.start[i] * batch.start[i];
          end += batch.end[i] * batch.end[i];
        }
        rows += static_cast<double>(batch.rows);
      }
      EXPECT_NEAR(integral / rows, (end - start) / rows, 4 * std::sqrt(squares) / rows) << noise;
    }
  }
}

TEST(CurvePathTest, TransportMovesLessThanIndependentPairs) {
  const Snapshots data = Example();
  double squares[2] = {0, 0};
  int which = 0;
  for (auto kind : {PathSpec::Kind::kOt, PathSpec::Kind::kLinear}) {
    const auto path = Make(data, kind);
    PathBatch batch;
    path->Draw(0, 256, false, &batch);
    for (float v : batch.velocity) squares[which] += v * v;
    ++which;
  }
  EXPECT_LT(squares[0], 0.5 * squares[1]);
}

TEST(ChoosePathTest, ManyOverlappingSnapshotsAreObservedAndFewAreTransported) {
  EXPECT_EQ(ChoosePath({}, Example(4)).kind, PathSpec::Kind::kOt);
  EXPECT_EQ(ChoosePath({}, Example(25)).kind, PathSpec::Kind::kObserved);
  Branching far;
  far.snapshots = 25;
  far.length = 1000;
  far.points = 100;
  const PathChoice choice = ChoosePath({}, *Simulate(far, 0));
  EXPECT_EQ(choice.kind, PathSpec::Kind::kOt);
  EXPECT_NE(choice.reason.find("25 snapshots"), std::string::npos);
}

}  // namespace
}  // namespace actionmatch
