// A walk over the table of path kinds: what holds for each row, so that a new one needs no test of its own for it.

#include "core/path/path_kind.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "core/path/window_path.h"
#include "core/snapshots/training_rows.h"
#include "core/words.h"
#include "tests/core/support/small_paths.h"
#include "tests/core/support/stored_files.h"

namespace actionmatch {
namespace {

using Kind = PathSpec::Kind;

TEST(PathKindTest, EachKindButAutoHasOneRow) {
  std::set<Kind> rows;
  for (const PathKind& row : PathKinds()) EXPECT_TRUE(rows.insert(row.kind).second) << WordOf(row.kind);
  for (const auto& entry : WordsOf(Kind{})) {
    EXPECT_EQ(rows.count(entry.value), entry.value == Kind::kAuto ? 0u : 1u) << entry.word;
    EXPECT_EQ(FindPathKind(entry.value) != nullptr, entry.value != Kind::kAuto) << entry.word;
  }
}

TEST(PathKindTest, APathHasTheCurvesThatItsTraitsPromise) {
  for (const PathKind& row : PathKinds()) {
    const auto path = SmallPath(SmallData(3, 40), row.kind);
    EXPECT_EQ(path->has_curves(), TraitsOf(row.kind).has_curves) << WordOf(row.kind);
    const PathBatch batch = DrawBatch(*path, 0, 4);
    EXPECT_EQ(batch.velocity.size(), path->has_curves() ? batch.y.size() : 0) << WordOf(row.kind);
    EXPECT_EQ(batch.growth.size(), path->has_curves() ? batch.tau.size() : 0) << WordOf(row.kind);
    EXPECT_EQ(batch.bridge_variance.size(), 0u) << WordOf(row.kind);
  }
}

// The mean of y over draws within `width` of a time, weighted by their mass; and the mean of the mass.
struct Near {
  double y = 0;
  double mass = 0;
};
Near NearTime(const Path& path, double tau, double width) {
  Near near;
  double count = 0;
  for (int64_t step = 0; step < 300; ++step) {
    EXPECT_TRUE(path.Prepare(step).ok());
    const PathBatch batch = DrawBatch(path, step, 64);
    for (int64_t i = 0; i < batch.rows; ++i) {
      if (std::abs(batch.tau[i] - tau) > width) continue;
      near.y += batch.mass[i] * batch.y[i * batch.dimension];
      near.mass += batch.mass[i];
      count += 1;
    }
  }
  EXPECT_GT(count, 100);
  near.y /= near.mass;
  near.mass /= count;
  return near;
}

double FirstMean(const Snapshot& snapshot, const Standardisation& units) {
  double sum = 0;
  for (int64_t i = 0; i < snapshot.points.count(); ++i) sum += snapshot.points.row(i)[0];
  return (sum / static_cast<double>(snapshot.points.count()) - units.mean[0]) / units.scale;
}

void ExpectEndsAndMasses(const Path& path, const Snapshots& data, const Standardisation& units, double tolerance) {
  for (const Snapshot& snapshot : data.at) {
    const Near near = NearTime(path, units.Tau(snapshot.time), 0.02);
    EXPECT_NEAR(near.y, FirstMean(snapshot, units), tolerance) << "at " << snapshot.time;
    EXPECT_NEAR(near.mass, snapshot.mass, 0.05 * snapshot.mass) << "at " << snapshot.time;
  }
}

// At a snapshot's time the population is the snapshot: its points, and its mass.
TEST(PathKindTest, EveryKindPassesThroughItsSnapshotsWithTheirMasses) {
  Snapshots data = SmallData(3, 200);
  data.at[1].mass = 1.5;
  data.at[2].mass = 0.8;
  for (const PathKind& row : PathKinds()) {
    SCOPED_TRACE(WordOf(row.kind));
    ExpectEndsAndMasses(*SmallPath(data, row.kind), data, Standardise(data), 0.1);
  }
}

// The same of windows of rows that stay in their files.
TEST(PathKindTest, EveryKindDrawsFromWindows) {
  const Snapshots data = ThreeGaussians(2000);
  const StoredFiles files(data, 500);
  for (const PathKind& row : PathKinds()) {
    SCOPED_TRACE(WordOf(row.kind));
    TrainSpec spec;
    spec.path.kind = row.kind;
    spec.path.bridge = PathSpec::Bridge::kSmooth;
    spec.path.plan_points = 64;
    spec.training.steps = 400;
    spec.training.batch_size = 64;
    spec.dynamics.lambda = TraitsOf(row.kind).needs_growth ? 1 : 0;
    spec.hold_out.validation_fraction = 0;
    spec = ResolveSpec(spec, data.shape());
    const auto rows = PrepareRows(spec, files.Open(), {1000 * 3 * 16, 20 * 16}, nullptr);
    ASSERT_TRUE(rows.ok()) << rows.status();
    const TrainingRows& trained = rows->choosing;
    const WindowSchedule schedule = MakeSchedule(spec.path, spec.training, trained.windows->window_rows());
    EXPECT_EQ(schedule.rows, row.plans ? 4 * 64 : 1000);
    const auto path =
        MakeWindowPath(spec.path, spec.dynamics, trained.windows, trained.standardisation, schedule, 7, nullptr);
    ASSERT_TRUE(path.ok()) << path.status();
    EXPECT_EQ((*path)->has_curves(), TraitsOf(row.kind).has_curves);
    ExpectEndsAndMasses(**path, data, trained.standardisation, 0.15);
  }
}

}  // namespace
}  // namespace actionmatch
