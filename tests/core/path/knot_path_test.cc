#include "core/path/knot_path.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/core/support/small_paths.h"

namespace actionmatch {
namespace {

TEST(KnotPathTest, SnapshotsAreStandardisedByTheirUnits) {
  const Snapshots data = SmallData(3, 20);
  const Standardisation units{{0.5, -1}, 2, -1, 4};
  const std::vector<StandardisedSnapshot> knots = StandardiseAll(data, units);
  ASSERT_EQ(knots.size(), 3u);
  for (size_t k = 0; k < 3; ++k) {
    EXPECT_EQ(knots[k].tau, (data.at[k].time + 1) / 4);
    EXPECT_EQ(knots[k].mass, data.at[k].mass);
    for (int64_t i = 0; i < 20; ++i) {
      EXPECT_FLOAT_EQ(knots[k].y[2 * i], (data.at[k].points.row(i)[0] - 0.5) / 2);
      EXPECT_FLOAT_EQ(knots[k].y[2 * i + 1], (data.at[k].points.row(i)[1] + 1) / 2);
    }
  }
}

// A kind that puts all points at 0, to see what is the knots' own.
class RestingPath final : public KnotPath {
 public:
  using KnotPath::KnotPath;
  bool has_curves() const override { return false; }

 protected:
  void DrawInterval(const DrawRequest& /*request*/, int64_t k, int64_t first, const std::vector<double>& u,
                    PathBatch* batch) const override {
    for (size_t i = 0; i < u.size(); ++i) {
      batch->y[2 * (first + static_cast<int64_t>(i))] = static_cast<float>(u[i]);
      batch->mass[first + static_cast<int64_t>(i)] = static_cast<float>(std::exp(LogMass(k, u[i])));
    }
  }
};

TEST(KnotPathTest, RowsLieWithinTheirIntervalAndMassesAreLogLinear) {
  Snapshots data = SmallData(3, 20);
  data.at[1].mass = 4;
  const RestingPath path(StandardiseAll(data, Standardise(data)), 2);
  EXPECT_EQ(path.knots(), (std::vector<double>{0, 0.5, 1}));
  const PathBatch batch = DrawBatch(path, 3, 8);
  ASSERT_EQ(batch.rows, 16);
  for (int64_t i = 0; i < 16; ++i) {
    const double u = batch.y[2 * i];
    EXPECT_FLOAT_EQ(batch.tau[i], (i < 8 ? 0 : 0.5) + 0.5 * u);
    EXPECT_FLOAT_EQ(batch.mass[i], std::pow(4, i < 8 ? u : 1 - u));
  }
  EXPECT_TRUE(batch.start.empty());
  EXPECT_TRUE(batch.velocity.empty());
}

TEST(KnotPathTest, HeavyRowsAreDrawnMoreOftenAtTheEnds) {
  Snapshots data = SmallData(2, 10);
  data.at[0].weights.assign(10, 0.0);
  data.at[0].weights[3] = 1;
  const RestingPath path(StandardiseAll(data, Standardise(data)), 2);
  const PathBatch batch = DrawBatch(path, 0, 8, /*with_boundaries=*/true);
  ASSERT_EQ(batch.start.size(), 16u);
  for (int64_t i = 1; i < 8; ++i) EXPECT_EQ(batch.start[2 * i], batch.start[0]);
  EXPECT_NE(batch.end[2], batch.end[0]);
}

}  // namespace
}  // namespace actionmatch
