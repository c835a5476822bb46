#include "core/path/path.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "core/path/choose_path.h"
#include "core/path/knot_path.h"
#include "core/simulation/simulate.h"

namespace actionmatch {
namespace {

Snapshots Example(int snapshots = 4, int points = 300) {
  Gaussians population;
  population.snapshots = snapshots;
  population.points = points;
  return *Simulate(population, 1);
}

using Kind = PathSpec::Kind;
using Bridge = PathSpec::Bridge;

std::unique_ptr<const Path> Make(const Snapshots& data, Kind kind, double noise = 0, Bridge bridge = Bridge::kSmooth,
                                 const Dynamics& dynamics = {}) {
  PathSpec spec;
  spec.kind = kind;
  spec.bridge = bridge;
  spec.bridge_noise = noise;
  Dynamics with = dynamics;
  if (kind == Kind::kUot && with.lambda == 0) with.lambda = 1;
  auto path = MakePath(spec, with, data, Standardise(data), 7, {});
  EXPECT_TRUE(path.ok()) << path.status();
  return *std::move(path);
}

PathBatch Draw(const Path& path, int64_t step, int samples, bool with_boundaries = false,
               TrainingSpec::Times kind = TrainingSpec::Times::kStratified) {
  const TimeLaw times(kind, 4, path.knots());
  PathBatch batch;
  path.Draw({7, step, samples, with_boundaries, &times}, &batch);
  return batch;
}

class PathTest : public testing::TestWithParam<Kind> {};

TEST_P(PathTest, ADrawIsAFunctionOfItsStepAlone) {
  const auto path = Make(Example(), GetParam(), 0.1);
  const PathBatch first = Draw(*path, 3, 16, true);
  const PathBatch second = Draw(*path, 4, 16, true);
  const PathBatch again = Draw(*path, 3, 16, true);
  EXPECT_EQ(first.y, again.y);
  EXPECT_EQ(first.tau, again.tau);
  EXPECT_EQ(first.start, again.start);
  EXPECT_NE(first.y, second.y);
}

// A mean over a batch weighted by 1/p estimates an integral over tau in [0, 1].
TEST_P(PathTest, WeightsIntegrateOverTime) {
  const auto path = Make(Example(), GetParam());
  double sum = 0;
  for (int step = 0; step < 50; ++step) {
    const PathBatch batch = Draw(*path, step, 32, false);
    for (int64_t i = 0; i < batch.rows; ++i) sum += batch.weight[i] * batch.tau[i] * batch.tau[i] / batch.rows;
  }
  EXPECT_NEAR(sum / 50, 1.0 / 3, 1e-3);
}

class BalancedPathTest : public PathTest {};

// The mean of q_t is linear between the snapshots' means under every path that keeps its mass.
TEST_P(BalancedPathTest, MeansInterpolateBetweenSnapshots) {
  const Snapshots data = Example(2, 400);
  const Standardisation s = Standardise(data);
  const auto path = Make(data, GetParam());
  double means[2] = {0, 0};
  for (int k = 0; k < 2; ++k) {
    for (int64_t i = 0; i < 400; ++i) means[k] += (data.at[k].points.row(i)[0] - s.mean[0]) / s.scale / 400;
  }
  double error = 0, rows = 0;
  for (int step = 0; step < 200; ++step) {
    const PathBatch batch = Draw(*path, step, 64, false);
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
  const PathBatch batch = Draw(*path, 0, 25, true);
  ASSERT_EQ(batch.start.size(), static_cast<size_t>(batch.rows * 2));
  // 50 systematic draws from 50 equal rows: every row once.
  double drawn = 0, mean = 0;
  for (int64_t i = 0; i < 50; ++i) {
    drawn += batch.start[i * 2];
    mean += (data.at[0].points.row(i)[0] - s.mean[0]) / s.scale;
  }
  EXPECT_NEAR(drawn, mean, 1e-3);
}

INSTANTIATE_TEST_SUITE_P(Kinds, BalancedPathTest, testing::Values(Kind::kObserved, Kind::kLinear, Kind::kOt));
INSTANTIATE_TEST_SUITE_P(Kinds, PathTest, testing::Values(Kind::kObserved, Kind::kLinear, Kind::kOt, Kind::kUot));

// Along a curve, the loss's total derivative: with y', r and beta^2 of the path and phi = |y|^2,
//   m_1 E_q1[phi] - m_0 E_q0[phi] = int E[W (grad phi . y' + beta^2/2 Lap phi + r phi)] dtau.
struct CurveCase {
  Kind kind;
  Bridge bridge;
  double noise;
  bool masses;
  TrainingSpec::Times times;
};

class CurveTest : public testing::TestWithParam<CurveCase> {};

TEST_P(CurveTest, VelocityGrowthAndBridgeAreTheDerivativeAlongTheCurve) {
  const CurveCase& c = GetParam();
  Snapshots data = Example();
  Dynamics dynamics;
  if (c.masses) {
    dynamics.lambda = 1;
    for (size_t k = 0; k < data.at.size(); ++k) data.at[k].mass = 1 + 0.7 * static_cast<double>(k);
  }
  dynamics.sigma = c.bridge == Bridge::kBrownian && c.noise == 0 ? 0.8 : 0;
  const auto path = Make(data, c.kind, c.noise, c.bridge, dynamics);
  double integral = 0, squares = 0, start = 0, end = 0, rows = 0;
  for (int step = 0; step < 400; ++step) {
    const PathBatch batch = Draw(*path, step, 64, true, c.times);
    for (int64_t i = 0; i < batch.rows; ++i) {
      double phi = 0, slope = 0;
      for (int64_t d = 2 * i; d < 2 * i + 2; ++d) {
        phi += batch.y[d] * batch.y[d];
        slope += 2 * batch.y[d] * batch.velocity[d];
        start += batch.start_mass * batch.start[d] * batch.start[d];
        end += batch.end_mass * batch.end[d] * batch.end[d];
      }
      const double variance = batch.bridge_variance.empty() ? 0 : batch.bridge_variance[i];
      const double term = batch.weight[i] * batch.mass[i] * (slope + 2 * variance + batch.growth[i] * phi);
      integral += term;
      squares += term * term;
    }
    rows += static_cast<double>(batch.rows);
  }
  // Antithetic pairs lower the error, and the boundaries have their own.
  EXPECT_NEAR(integral / rows, (end - start) / rows, 4 * std::sqrt(squares) / rows);
}

INSTANTIATE_TEST_SUITE_P(
    Cases, CurveTest,
    testing::Values(CurveCase{Kind::kLinear, Bridge::kSmooth, 0, false, TrainingSpec::Times::kStratified},
                    CurveCase{Kind::kOt, Bridge::kSmooth, 0, false, TrainingSpec::Times::kStratified},
                    CurveCase{Kind::kOt, Bridge::kSmooth, 0.5, false, TrainingSpec::Times::kAdaptive},
                    CurveCase{Kind::kOt, Bridge::kBrownian, 0.5, false, TrainingSpec::Times::kStratified},
                    CurveCase{Kind::kOt, Bridge::kBrownian, 0, false, TrainingSpec::Times::kAdaptive},
                    CurveCase{Kind::kLinear, Bridge::kBrownian, 0, true, TrainingSpec::Times::kStratified},
                    CurveCase{Kind::kOt, Bridge::kSmooth, 0, true, TrainingSpec::Times::kStratified},
                    CurveCase{Kind::kUot, Bridge::kSmooth, 0, true, TrainingSpec::Times::kStratified},
                    CurveCase{Kind::kUot, Bridge::kBrownian, 0, true, TrainingSpec::Times::kAdaptive}));

// At the knots E[W] is the mass given, and between them log-linear but for uot, which decides itself.
TEST_P(PathTest, WeightsCarryTheMass) {
  Snapshots data = Example(3, 200);
  data.at[1].mass = 2;
  data.at[2].mass = 0.5;
  const auto path = Make(data, GetParam());
  double sum[8] = {}, count[8] = {};
  for (int step = 0; step < 300; ++step) {
    const PathBatch batch = Draw(*path, step, 64);
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

// Equal masses, none here and there, some far heavier than all others, at either end too.
TEST(DiscreteTest, EachDrawIsWhereTheCumulativeMassPassesItsPosition) {
  Random random(3, RandomStream::kSimulate);
  for (const int size : {1, 2, 3, 17, 1000}) {
    for (int kind = 0; kind < 5; ++kind) {
      std::vector<double> mass(size, 1.0);
      for (double& m : mass) {
        if (kind == 1) m = std::floor(3 * random.Uniform());
        if (kind == 2) m = std::exp(20 * random.Uniform());
      }
      if (kind == 3) mass.front() = 1e6;
      if (kind == 4) mass.back() = 1e6;
      mass[static_cast<size_t>(size) / 2] += 1;
      double sum = 0;
      std::vector<double> cumulative;
      for (const double m : mass) cumulative.push_back(sum += m);
      for (const int64_t n : {1, 2, 7, 500, 3000}) {
        Random draws(5, RandomStream::kPairs, static_cast<uint64_t>(n));
        const double offset = Random(5, RandomStream::kPairs, static_cast<uint64_t>(n)).Uniform();
        std::vector<int32_t> indices;
        Discrete(mass).Draw(n, draws, &indices);
        std::sort(indices.begin(), indices.end());
        for (int64_t i = 0; i < n; ++i) {
          const double position = (static_cast<double>(i) + offset) / static_cast<double>(n);
          size_t expected = 0;
          while (expected + 1 < mass.size() && cumulative[expected] / sum <= position) ++expected;
          ASSERT_EQ(static_cast<size_t>(indices[i]), expected) << size << " of kind " << kind << ", draw " << i;
        }
      }
    }
  }
}

TEST(CurvePathTest, TransportMovesLessThanIndependentPairs) {
  const Snapshots data = Example();
  double squares[2] = {0, 0};
  int which = 0;
  for (auto kind : {Kind::kOt, Kind::kLinear}) {
    const auto path = Make(data, kind);
    const PathBatch batch = Draw(*path, 0, 256);
    for (float v : batch.velocity) squares[which] += v * v;
    ++which;
  }
  EXPECT_LT(squares[0], 0.5 * squares[1]);
}

// The masses that a path tells are those that its draws carry, also where a plan says how mass grows between.
TEST_P(PathTest, MassesAreTheMeansOfTheWeights) {
  Snapshots data = Example(3, 200);
  for (int64_t i = 0; i < 100; ++i) data.at[1].points.row(i)[0] += 30;  // some cells die out, others must be new
  data.at[1].mass = 2;
  data.at[2].mass = 0.5;
  const auto path = Make(data, GetParam());
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
    const PathBatch batch = Draw(*path, step, 64);
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

// Antithetic twins cancel what has no finite variance: no row goes without its twin, whatever the batch.
TEST(CurvePathTest, BridgesHaveNoRowWithoutItsTwin) {
  Dynamics dynamics;
  dynamics.sigma = 0.8;
  for (auto times : {TrainingSpec::Times::kStratified, TrainingSpec::Times::kAdaptive}) {
    const auto path = Make(Example(4), Kind::kOt, 0, Bridge::kBrownian, dynamics);
    const PathBatch batch = Draw(*path, 0, 7, false, times);
    ASSERT_EQ(batch.rows, 3 * 8);
    const auto plain = Make(Example(4), Kind::kOt);
    EXPECT_EQ(Draw(*plain, 0, 7, false, times).rows, 3 * 7);
    for (int64_t i = 0; i < batch.rows; i += 2) {
      EXPECT_EQ(batch.tau[i], batch.tau[i + 1]) << i;
      EXPECT_NE(batch.velocity[2 * i], batch.velocity[2 * i + 2]) << i;
    }
  }
}

// The plans of every interval are heard of, in order, up to the end; an error is the caller's way out.
TEST(MakePathTest, ProgressIncreasesToOneAndItsErrorEndsTheWork) {
  for (Kind kind : {Kind::kOt, Kind::kUot}) {
    PathSpec spec;
    spec.kind = kind;
    spec.plan_points = 100;
    Dynamics dynamics;
    dynamics.lambda = kind == Kind::kUot ? 1 : 0;
    const Snapshots data = Example(4, 300);
    std::vector<double> heard;
    const auto listen = [&](double fraction) {
      EXPECT_GT(fraction, heard.empty() ? 0 : heard.back());
      heard.push_back(fraction);
      return absl::OkStatus();
    };
    ASSERT_TRUE(MakePath(spec, dynamics, data, Standardise(data), 7, listen).ok());
    EXPECT_EQ(heard.size(), 9u);  // three blocks in each of three intervals
    EXPECT_DOUBLE_EQ(heard.back(), 1);
    int asked = 0;
    const auto stop = [&](double) { return ++asked == 2 ? absl::CancelledError("stop") : absl::OkStatus(); };
    EXPECT_EQ(MakePath(spec, dynamics, data, Standardise(data), 7, stop).status().code(), absl::StatusCode::kCancelled);
    EXPECT_EQ(asked, 2);
  }
}

PathChoice Choose(const Snapshots& data, const TrainSpec& spec = {}) { return ChoosePath(spec, data); }

TEST(ChoosePathTest, GrowthWithDifferentMassesIsUnbalanced) {
  Snapshots data = Example(4);
  TrainSpec spec;
  spec.dynamics.lambda = 1;
  EXPECT_EQ(Choose(data, spec).kind, Kind::kOt);
  data.at[2].mass = 1.5;
  EXPECT_EQ(Choose(data, spec).kind, Kind::kUot);
  spec.dynamics.cost_power = 3;
  EXPECT_EQ(Choose(data, spec).kind, Kind::kOt);
}

TEST(ChoosePathTest, ManyOverlappingSnapshotsAreObservedAndFewAreTransported) {
  EXPECT_EQ(Choose(Example(4)).kind, Kind::kOt);
  EXPECT_EQ(Choose(Example(25)).kind, Kind::kObserved);
  Branching far;
  far.snapshots = 25;
  far.length = 1000;
  far.points = 100;
  const PathChoice choice = Choose(*Simulate(far, 0));
  EXPECT_EQ(choice.kind, Kind::kOt);
  EXPECT_NE(choice.reason.find("25 snapshots"), std::string::npos);
}

// What training asks for decides, so that no job fails for what AUTO chose.
TEST(ChoosePathTest, TrainingsNeedsGoBeforeTheOverlap) {
  TrainSpec spec;
  spec.training.form = TrainingSpec::Form::kConditional;
  const PathChoice curves = Choose(Example(25), spec);
  EXPECT_EQ(curves.kind, Kind::kOt);
  EXPECT_NE(curves.reason.find("CONDITIONAL"), std::string::npos);
  spec.training.form = TrainingSpec::Form::kAuto;
  spec.training.times = TrainingSpec::Times::kGaussLegendre;
  Gaussians apart;
  apart.snapshots = 25;
  apart.shift = 1000;
  const PathChoice dense = Choose(*Simulate(apart, 0), spec);
  EXPECT_EQ(dense.kind, Kind::kObserved);
  EXPECT_NE(dense.reason.find("GAUSS_LEGENDRE"), std::string::npos);
}

// Gaussians of unit width, a step apart between neighbours.
Snapshots Steps(int dimension, double step) {
  Gaussians population;
  population.dimension = dimension;
  population.snapshots = 21;
  population.points = 300;
  population.shift = 20 * step;
  population.spread = 0;
  return *Simulate(population, 2);
}

class OverlapInDimensionTest : public testing::TestWithParam<int> {};

TEST_P(OverlapInDimensionTest, StepsAreJudgedByTheirWidthInAnyDimension) {
  const int dimension = GetParam();
  EXPECT_EQ(Choose(Steps(dimension, 0.5)).kind, Kind::kObserved);
  EXPECT_EQ(Choose(Steps(dimension, 4)).kind, Kind::kOt);
  EXPECT_EQ(Choose(Steps(dimension, 10)).kind, Kind::kOt);
  const Snapshots same = Steps(dimension, 0), apart = Steps(dimension, 4);
  EXPECT_NEAR(Overlap(same.at[0].points, same.at[1].points), 1, 0.1);
  EXPECT_LT(Overlap(apart.at[0].points, apart.at[1].points), 0.4);
}

INSTANTIATE_TEST_SUITE_P(Dimensions, OverlapInDimensionTest, testing::Values(2, 10, 50));

// Two parts that move away from each other leave the mean where it is, and a wide whole behind.
TEST(OverlapTest, PartsThatMoveAreSeen) {
  Points before = Steps(3, 0).at[0].points, after = Steps(3, 0).at[1].points;
  for (int64_t i = 0; i < before.count(); ++i) {
    const double side = i % 2 == 0 ? 1 : -1;
    before.row(i)[0] += 20 * side;
    after.row(i)[0] += 20 * side;
    after.row(i)[1] += 5 * side;
  }
  EXPECT_LT(Overlap(before, after), 0.25);
}

TEST(OverlapTest, EqualPointsCountOnBothSides) {
  const Points same{1, std::vector<double>(50, 3.0)};
  EXPECT_NEAR(Overlap(same, same), 1, 1e-9);
  EXPECT_EQ(Overlap(Points{1, {0}}, Points{1, {0}}), 0);
}

// The same particles a little later, each near where it was.
TEST(OverlapTest, DenselyWatchedParticlesAreObserved) {
  Hydrogen population;
  population.points = 500;
  EXPECT_EQ(Choose(*Simulate(population, 1)).kind, Kind::kObserved);
}

}  // namespace
}  // namespace actionmatch
