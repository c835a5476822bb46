#include "core/path/curve_path.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/core/support/small_paths.h"

namespace actionmatch {
namespace {

using Kind = PathSpec::Kind;
using Bridge = PathSpec::Bridge;

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
  Snapshots data = SmallData();
  Dynamics dynamics;
  if (c.masses) {
    dynamics.lambda = 1;
    for (size_t k = 0; k < data.at.size(); ++k) data.at[k].mass = 1 + 0.7 * static_cast<double>(k);
  }
  dynamics.sigma = c.bridge == Bridge::kBrownian && c.noise == 0 ? 0.8 : 0;
  const auto path = SmallPath(data, c.kind, c.noise, c.bridge, dynamics);
  double integral = 0, squares = 0, start = 0, end = 0, rows = 0;
  for (int step = 0; step < 400; ++step) {
    const PathBatch batch = DrawBatch(*path, step, 64, true, c.times);
    for (int64_t i = 0; i < batch.rows; ++i) {
      double phi = 0, slope = 0;
      for (int64_t d = 2 * i; d < 2 * i + 2; ++d) {
        phi += batch.y[d] * batch.y[d];
        slope += 2 * batch.y[d] * batch.velocity[d];
        start += batch.start_mass * batch.start[d] * batch.start[d];
        end += batch.end_mass * batch.end[d] * batch.end[d];
      }
      const double variance = batch.bridge_variance.empty() ? 0 : batch.bridge_variance[i];
      const double term = batch.loss_factor[i] * batch.mass[i] * (slope + 2 * variance + batch.growth[i] * phi);
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

TEST(CurvePathTest, TransportMovesLessThanIndependentPairs) {
  const Snapshots data = SmallData();
  double squares[2] = {0, 0};
  int which = 0;
  for (auto kind : {Kind::kOt, Kind::kLinear}) {
    const auto path = SmallPath(data, kind);
    const PathBatch batch = DrawBatch(*path, 0, 256);
    for (float v : batch.velocity) squares[which] += v * v;
    ++which;
  }
  EXPECT_LT(squares[0], 0.5 * squares[1]);
}

// Antithetic twins cancel what has no finite variance: no row goes without its twin, whatever the batch.
TEST(CurvePathTest, BridgesHaveNoRowWithoutItsTwin) {
  Dynamics dynamics;
  dynamics.sigma = 0.8;
  for (auto times : {TrainingSpec::Times::kStratified, TrainingSpec::Times::kAdaptive}) {
    const auto path = SmallPath(SmallData(4), Kind::kOt, 0, Bridge::kBrownian, dynamics);
    const PathBatch batch = DrawBatch(*path, 0, 7, false, times);
    ASSERT_EQ(batch.rows, 3 * 8);
    const auto plain = SmallPath(SmallData(4), Kind::kOt);
    EXPECT_EQ(DrawBatch(*plain, 0, 7, false, times).rows, 3 * 7);
    for (int64_t i = 0; i < batch.rows; i += 2) {
      EXPECT_EQ(batch.tau[i], batch.tau[i + 1]) << i;
      EXPECT_NE(batch.velocity[2 * i], batch.velocity[2 * i + 2]) << i;
    }
  }
}

}  // namespace
}  // namespace actionmatch
